import type { RecordedEvent } from '../event-sourcing/index.js';
import type { RelaySettings } from './kafka-settings.js';

/** The settings of the relay name something that the shop does not have. The message is one line for operators. */
export class KafkaSettingsError extends Error {
  override readonly name = 'KafkaSettingsError';
}

/** Tells the topic of each event. */
export class TopicMap {
  private readonly topics: ReadonlyMap<string, string>;
  private readonly types: ReadonlySet<string> | undefined;

  /**
   * @param known all types of events
   * @throws KafkaSettingsError for a category or type that no event has
   */
  constructor(
    { routes, eventTypes }: Pick<RelaySettings, 'routes' | 'eventTypes'>,
    known: readonly string[],
  ) {
    const categories = new Set(known.map(categoryOf));
    for (const { category } of routes) {
      if (!categories.has(category)) throw unknown('KAFKA_TOPICS', category, [...categories]);
    }
    for (const pattern of eventTypes ?? []) {
      if (!known.some((type) => matches(type, pattern))) throw unknown('KAFKA_EVENT_TYPES', pattern, known);
    }
    this.topics = new Map(routes.map(({ category, topic }) => [category, topic]));
    this.types = eventTypes && new Set(known.filter((type) => eventTypes.some((one) => matches(type, one))));
  }

  /** All topics. */
  get names(): readonly string[] {
    return [...new Set(this.topics.values())];
  }

  /** @returns undefined if the event is not sent */
  topicOf({ event, stream }: RecordedEvent): string | undefined {
    if (this.types && !this.types.has(event.type)) return undefined;
    return this.topics.get(stream.slice(0, stream.indexOf('-')));
  }
}

function categoryOf(type: string): string {
  return type.slice(0, type.indexOf('.'));
}

/** @returns whether a type is the one that a pattern names, or one of the category that it names: `cart.*` */
export function matches(type: string, pattern: string): boolean {
  return pattern === type || pattern === `${categoryOf(type)}.*`;
}

function unknown(variable: string, value: string, known: readonly string[]): KafkaSettingsError {
  return new KafkaSettingsError(
    `${variable}: there is no "${value}"; there is ${[...known].sort().join(', ')}.`,
  );
}
