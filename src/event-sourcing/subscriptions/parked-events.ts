import type { DataSource } from 'typeorm';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { errorText } from '../runtime/error-details.js';
import { pauseAfter, type RetryPolicy } from '../runtime/retry-policy.js';

/** An event to be written down as parked, or anew. */
export interface ParkedEntry {
  readonly key: string;
  readonly position: number;
  readonly eventId: string;
  readonly stream: string;
  readonly type: string;
  /** 0 for one that only queues up. */
  readonly attempts: number;
  readonly error: string | null;
  /** `null` for one that is not tried by itself: it is parked, or not the first of its key. */
  readonly retryInMs: number | null;
}

/** What changes among the parked events of one handler. */
export interface ParkingChanges {
  readonly park: readonly ParkedEntry[];
  readonly release: readonly { readonly key: string; readonly position: number }[];
}

export const NO_PARKING: ParkingChanges = { park: [], release: [] };

/** An event that was tried and failed. */
export function failedEntry(
  recorded: RecordedEvent,
  key: string,
  attempts: number,
  error: unknown,
  policy: RetryPolicy,
): ParkedEntry {
  return {
    ...queuedEntry(recorded, key),
    attempts,
    error: errorText(error),
    retryInMs: pauseAfter(attempts, policy),
  };
}

/** An event that comes after one that has failed. */
export function queuedEntry({ position, id, stream, event }: RecordedEvent, key: string): ParkedEntry {
  return { key, position, eventId: id, stream, type: event.type, attempts: 0, error: null, retryInMs: null };
}

/** Where a parked event stands. */
export interface ParkedPlace {
  readonly position: number;
  readonly attempts: number;
}

/** Reads what is parked in one database. What is written goes along with the checkpoint, see `Checkpoints.move`. */
export class ParkedEvents {
  constructor(private readonly dataSource: DataSource) {}

  /** The keys that are held up. */
  async keys(handler: string): Promise<Set<string>> {
    const rows: { key: string }[] = await this.dataSource.query(
      'SELECT DISTINCT key FROM parked_event WHERE handler = $1',
      [handler],
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** Keys whose first event is to be tried again by now, and the present epoch of the handler. */
  async dueKeys(handler: string, limit: number): Promise<{ readonly key: string; readonly epoch: number }[]> {
    return this.dataSource.query(
      `SELECT e.key, c.epoch FROM parked_event e JOIN checkpoint c ON c.name = e.handler
        WHERE e.handler = $1 AND e.retry_at <= now() ORDER BY e.retry_at LIMIT $2`,
      [handler, limit],
    );
  }

  /** The first events of a key, in order. */
  async first(handler: string, key: string, limit: number): Promise<ParkedPlace[]> {
    return this.dataSource.query(
      'SELECT position::float8, attempts FROM parked_event WHERE handler = $1 AND key = $2 ORDER BY parked_event.position LIMIT $3',
      [handler, key, limit],
    );
  }
}
