import pg from 'pg';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { NEWS_CHANNEL } from '../announcer.js';
import type { EventLog } from '../event-log.js';
import { EventReader } from '../event-reader.js';
import { readLogIdentity } from '../log-identity.js';
import { withSettings } from '../../postgres/session-settings.js';
import type { LogEntry, LogView } from './settled-prefix.js';

/** The server is to give up first, as its answer says more. */
const EARLIER_MS = 500;

export interface LogConnectionListener {
  /** The connection was lost while nothing was asked of it. */
  onLoss(error: Error): void;
  /** Another process has stored something, perhaps. */
  onNews(): void;
}

/**
 * One connection to one primary, on which the log is looked at again and again. An answer that is too long in coming is an
 * error, as the other end may be gone without a word.
 */
export class LogConnection implements LogView {
  private constructor(
    private readonly client: pg.Client,
    private readonly reader: EventReader,
    /** What tells this log from any other. */
    readonly logId: string,
  ) {}

  /**
   * @throws LogMismatchError when the sequence of positions lies behind the log; no connection is left then, or after any error
   */
  static async open(log: EventLog, listener: LogConnectionListener): Promise<LogConnection> {
    const { connectionString, patienceMs } = log.options;
    const client = new pg.Client({
      connectionString: withSettings(connectionString),
      application_name: 'event-log follow',
      keepAlive: true,
      connectionTimeoutMillis: patienceMs,
      query_timeout: patienceMs,
      statement_timeout: Math.max(patienceMs - EARLIER_MS, 1),
    });
    client.on('error', (error) => {
      listener.onLoss(error);
    });
    client.on('notification', ({ payload }) => {
      if (payload !== log.origin) listener.onNews();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${NEWS_CHANNEL}`);
      return new LogConnection(client, new EventReader(log.registry), await readLogIdentity(client));
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  async top(): Promise<LogEntry | undefined> {
    const { rows } = await this.client.query<LogEntry>(
      'SELECT position::float8, id FROM event_log ORDER BY event_log.position DESC LIMIT 1',
    );
    return rows[0];
  }

  /** Whether an event stands at its position. */
  async holds({ position, id }: LogEntry): Promise<boolean> {
    const { rows } = await this.client.query('SELECT FROM event_log WHERE position = $1 AND id = $2', [
      position,
      id,
    ]);
    return rows.length > 0;
  }

  async range(after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    return this.reader.range(this.client, after, upTo, limit);
  }

  /** Names them by their virtual ids. */
  async writers(): Promise<ReadonlySet<string>> {
    const { rows } = await this.client.query<{ writer: string }>({
      name: 'writers',
      text: `SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
              WHERE locktype = 'relation' AND relation = 'event_log'::regclass AND mode = 'RowExclusiveLock' AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    });
    return new Set(rows.map(({ writer }) => writer));
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
