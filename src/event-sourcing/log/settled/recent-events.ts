import type { RecordedEvent } from '../../kernel/recorded-event.js';

const CAPACITY = 4_096;

/** The end of the log in memory, so that the handlers of one process share one read. */
export class RecentEvents {
  private events: RecordedEvent[] = [];
  /** All settled events after this position are in memory. */
  private from = 0;

  restartAt(position: number): void {
    this.events = [];
    this.from = position;
  }

  add(events: readonly RecordedEvent[]): void {
    this.events.push(...events);
    // Cutting at twice the capacity makes the cost of moving the rest negligible.
    if (this.events.length > 2 * CAPACITY) {
      const dropped = this.events.splice(0, this.events.length - CAPACITY);
      this.from = dropped.at(-1)?.position ?? this.from;
    }
  }

  /** Events after a position, at most `limit`; `undefined` if some of them are no longer in memory. */
  after(position: number, limit: number): RecordedEvent[] | undefined {
    if (position < this.from) return undefined;
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.events[middle];
      if (event && event.position <= position) low = middle + 1;
      else high = middle;
    }
    return this.events.slice(low, low + limit);
  }
}
