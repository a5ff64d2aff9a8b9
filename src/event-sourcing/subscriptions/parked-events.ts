import type { DataSource } from 'typeorm';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { errorText } from '../runtime/error-details.js';
import { pauseAfter, type RetryPolicy } from '../runtime/retry-policy.js';

/** An event to be written as parked; replaces an earlier entry. */
export interface ParkedEntry {
  readonly key: string;
  readonly position: number;
  readonly eventId: string;
  readonly stream: string;
  readonly type: string;
  /** 0 if the event only waits for an earlier one. */
  readonly attempts: number;
  readonly error: string | null;
  /** `null` if it is not retried automatically: its attempts are used up, or it is not the first of its key. */
  readonly retryInMs: number | null;
}

/** The key and position of a parked event. */
export interface ParkedId {
  readonly key: string;
  readonly position: number;
}

/** Changes of the parked events of one handler. */
export interface ParkingChanges {
  readonly park: readonly ParkedEntry[];
  readonly release: readonly ParkedId[];
}

export const NO_PARKING: ParkingChanges = { park: [], release: [] };

/** The entry of an event that failed. */
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

/** The entry of an event that waits for an earlier one of its key. */
export function queuedEntry({ position, id, stream, event }: RecordedEvent, key: string): ParkedEntry {
  return { key, position, eventId: id, stream, type: event.type, attempts: 0, error: null, retryInMs: null };
}

/** The position of a parked event, and how often it has failed. */
export interface ParkedPlace {
  readonly position: number;
  readonly attempts: number;
}

/** Reads parked events. */
export type ParkedEventReader = Pick<ParkedEvents, 'keys' | 'dueKeys' | 'first'>;

/** Reads the parked events of one database. They are written together with the checkpoint, see `Checkpoints.move`. */
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

  /** Keys whose first event is due, and the present epoch of the handler. */
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
      `SELECT position::float8, attempts FROM parked_event
        WHERE handler = $1 AND key = $2 ORDER BY parked_event.position LIMIT $3`,
      [handler, key, limit],
    );
  }
}
