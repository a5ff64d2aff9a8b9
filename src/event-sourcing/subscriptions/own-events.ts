import type { RecordedEvent } from '../kernel/recorded-event.js';
import { partitionOf, type Partition } from './partition.js';
import type { SubscriptionOptions } from './subscription-options.js';
import { takenUpTo, type Taken } from './taken.js';

/** Chooses the events that a subscription gets: by their types and, of a split handler, by their keys. */
export class OwnEvents {
  /** The types of the events; `undefined` for all. */
  readonly types: ReadonlySet<string> | undefined;

  /** @param keyOf the key that orders an event */
  constructor(
    events: SubscriptionOptions['events'],
    private readonly partition: Partition,
    private readonly keyOf: (recorded: RecordedEvent) => string,
  ) {
    this.types = events === 'all' ? undefined : new Set(events.map(({ type }) => type));
  }

  /** @param taken events that earlier partitions have handled */
  among(events: readonly RecordedEvent[], taken: Taken | undefined): readonly RecordedEvent[] {
    const { types } = this;
    const concerned = types ? events.filter(({ event }) => types.has(event.type)) : events;
    const isSplit = this.partition.count > 1 || taken !== undefined;
    return isSplit ? concerned.filter((recorded) => this.isOwn(recorded, taken)) : concerned;
  }

  private isOwn(recorded: RecordedEvent, taken: Taken | undefined): boolean {
    const key = this.keyOf(recorded);
    const { index, count } = this.partition;
    return partitionOf(key, count) === index && recorded.position > takenUpTo(taken, key);
  }
}
