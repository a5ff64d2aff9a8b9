import type { EventRegistry } from '../../kernel/event-registry.js';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { StoredAppend } from './group-commit.js';

/** The events of stored appends as they would be read from the log. Those with unknown positions are left out. */
export function recordedEvents(stored: readonly StoredAppend[], registry: EventRegistry): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (const { append, positions } of stored) {
    let next = 0;
    for (const { stream, expectedVersion, occurredAt, events: written } of append.writes) {
      written.forEach(({ id, event, metadata }, index) => {
        const position = positions?.[next++];
        if (position === undefined) return;
        events.push({
          position,
          stream,
          version: expectedVersion + index + 1,
          id,
          occurredAt,
          metadata,
          event: registry.asStored(event),
        });
      });
    }
  }
  return events;
}
