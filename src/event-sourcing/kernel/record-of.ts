import type { DomainEvent } from './event.js';
import type { RecordedEvent } from './recorded-event.js';

const records = new WeakMap<DomainEvent, RecordedEvent>();

/** Notes the record of an event that is about to be handed to a handler. */
export function remember(recorded: RecordedEvent): void {
  records.set(recorded.event, recorded);
}

/**
 * The record of an event that an `@EventsHandler` was called with: its position, stream, version, time and metadata.
 * @throws Error for an object that no subscription has delivered
 */
export function recordOf<Event extends DomainEvent>(event: Event): RecordedEvent<Event> {
  const recorded = records.get(event);
  if (!recorded) throw new Error(`This ${event.type} was not delivered by a subscription.`);
  return recorded as unknown as RecordedEvent<Event>;
}
