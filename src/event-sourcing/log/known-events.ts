import type { LogEntry } from './event-reader.js';

/** How many events are compared with the log behind a new connection, at least. */
const COMPARED = 4_096;

/**
 * The events that this process has seen or acknowledged last. They are kept in the batches in which they came, so that
 * an event costs nothing.
 *
 * One event is not enough: positions are drawn before commits, so a log that lost its last commits may hold a higher
 * position and lack a lower one. All events of transactions that can have overlapped are compared.
 */
export class KnownEvents {
  private readonly batches: (readonly LogEntry[])[] = [];
  private size = 0;
  /** The highest position among all that were ever added; 0 before the first. */
  lastPosition = 0;

  add(batch: readonly LogEntry[]): void {
    if (batch.length === 0) return;
    this.batches.push(batch);
    this.size += batch.length;
    this.lastPosition = Math.max(this.lastPosition, batch.at(-1)?.position ?? 0);
    for (
      let [oldest] = this.batches;
      oldest && this.size - oldest.length >= COMPARED;
      [oldest] = this.batches
    ) {
      this.batches.shift();
      this.size -= oldest.length;
    }
  }

  /** The kept events. An event that was acknowledged and then seen is there once. */
  get entries(): readonly LogEntry[] {
    const byPosition = new Map<number, LogEntry>();
    for (const batch of this.batches) for (const entry of batch) byPosition.set(entry.position, entry);
    return [...byPosition.values()];
  }
}
