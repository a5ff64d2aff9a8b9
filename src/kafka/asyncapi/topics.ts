import type { DescribedMessage, DescribedTopic } from '../../http/asyncapi/document.js';
import type { AnyEventDescriptions } from '../../http/asyncapi/event-schemas.js';
import type { RelaySettings } from '../kafka-settings.js';
import { matches } from '../topic-map.js';

/** Which events are sent, and where. */
export type EventRoutes = Pick<RelaySettings, 'routes' | 'eventTypes'>;

const KEY = {
  type: 'string',
  description: 'The stream of the event. All records of a stream are in one partition, in order.',
};

/**
 * Describes the topics that the service sends its events to.
 * @param types of all registered events
 * @param settings which of them are sent, and where
 * @param events the descriptions of all events
 * @throws Error for a type without a description
 */
export function eventTopics(
  types: readonly string[],
  { routes, eventTypes }: EventRoutes,
  events: AnyEventDescriptions,
): DescribedTopic[] {
  return routes.map(({ category, topic }) => {
    const ofCategory = types
      .filter((type) => matches(type, `${category}.*`))
      .filter((type) => eventTypes?.some((pattern) => matches(type, pattern)) ?? true);
    return {
      id: category,
      topic,
      title: `Events of category ${category}`,
      description:
        `All events of streams \`${category}-…\`, in the order of each stream. ` +
        'After a failure, some records may come again, with the same `ce_id` and `ce_sequence`.',
      action: 'send',
      key: { ...KEY, examples: [`${category}-1`] },
      messages: Object.fromEntries(ofCategory.map((type) => [type, eventMessage(type, events)])),
    };
  });
}

function eventMessage(type: string, events: AnyEventDescriptions): DescribedMessage {
  const event = events[type];
  if (event === undefined)
    throw new Error(`"${type}" has no description for readers: add it to the event schemas of its feature.`);
  return {
    name: type,
    title: type,
    summary: event.summary,
    headers: {
      type: 'object',
      allOf: [
        { $ref: '#/components/schemas/EventHeaders' },
        { type: 'object', properties: { ce_type: { type: 'string', const: type } } },
      ],
    },
    payload: { $ref: `#/components/schemas/${type}` },
  };
}
