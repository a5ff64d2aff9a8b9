import type { StoredEvent } from '../history.js';
import type { Violation } from '../violation.js';

/** A stream's versions go 1, 2, 3, …, and its positions and times go the same way. */
export function checkStream(events: readonly StoredEvent[]): Violation[] {
  return events.flatMap((event, index) => {
    const before = events[index - 1];
    const isRight =
      event.version === index + 1 &&
      (!before || (event.position > before.position && event.occurredAt >= before.occurredAt));
    if (isRight) return [];
    const { stream } = event;
    return [{ rule: 'every stream is gapless and in order', evidence: { stream, before, event } }];
  });
}
