import type { RecordedEvent } from '../kernel/recorded-event.js';
import { sqlState } from '../postgres/database-errors.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import type { Batch, Delivery } from './delivery.js';
import { failedEntry, type ParkedEntry } from './parked-events.js';

/** SQLSTATE classes 21, 22, 23 and 54: PostgreSQL refuses the data, and would refuse it again. */
const REFUSED_DATA = /^(21|22|23|54)/;

/** Called for each failure. `attempts` counts the attempts so far, this one included. */
export type FailureReport = (recorded: RecordedEvent, attempts: number, error: unknown) => void;

/** Attempts to deliver single events to one handler. */
export class Attempts {
  constructor(
    readonly delivery: Delivery,
    private readonly policy: RetryPolicy,
    private readonly report: FailureReport,
  ) {}

  /** The key of an event. If the projection cannot tell it, the whole stream is the key. */
  keyOf(recorded: RecordedEvent): string {
    try {
      return this.delivery.keyOf(recorded);
    } catch {
      // The delivery fails with the same error, which is then reported.
      return recorded.stream;
    }
  }

  /** @returns the entry to park if the event failed */
  async deliver(
    batch: Batch,
    recorded: RecordedEvent,
    key: string,
    attempts: number,
  ): Promise<ParkedEntry | undefined> {
    try {
      // Most deliveries are synchronous. Awaiting nothing would cost each of them a turn of the event loop.
      const delivering = batch.take(recorded);
      if (delivering) await delivering;
      return undefined;
    } catch (error) {
      return this.failed(recorded, key, attempts, error);
    }
  }

  /** Reports a failure. @returns the entry to park */
  failed(recorded: RecordedEvent, key: string, attempts: number, error: unknown): ParkedEntry {
    this.report(recorded, attempts, error);
    return failedEntry(recorded, key, attempts, error, this.policy);
  }
}

/** Whether PostgreSQL refused a write because of its data, so that a repeat would fail too. */
export function isRefusedData(error: unknown): boolean {
  return REFUSED_DATA.test(sqlState(error) ?? '');
}
