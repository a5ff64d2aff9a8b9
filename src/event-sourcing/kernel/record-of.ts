import type { DomainEvent } from './event.js';
import type { RecordedEvent } from './recorded-event.js';

const records = new WeakMap<DomainEvent, RecordedEvent>();

/** Notes the record of an event before a handler gets the event. */
export function remember(recorded: RecordedEvent): void {
  records.set(recorded.event, recorded);
}

/** The record of an event; `undefined` if it is not from the log. */
export function findRecord(event: DomainEvent): RecordedEvent | undefined {
  return records.get(event);
}

/**
 * The record of an event that a subscription gave to a handler: its position, stream, version, time and metadata.
 * @throws Error for an event that no subscription has delivered
 */
export function recordOf<Event extends DomainEvent>(event: Event): RecordedEvent<Event> {
  const recorded = findRecord(event);
  if (!recorded)
    throw new Error(`This ${event.type} was not delivered by a subscription, so it has no record.`);
  return recorded as unknown as RecordedEvent<Event>;
}
