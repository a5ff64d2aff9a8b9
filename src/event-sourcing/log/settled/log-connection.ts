import pg from 'pg';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { EventLog } from '../event-log.js';
import { EventReader, type LogEntry, type RunQuery } from '../event-reader.js';
import { withSettings } from '../../postgres/session-settings.js';
import { LOG_CLOSED } from '../log-closure.js';
import type { LogView } from './settled-prefix.js';

/** The server gives up earlier than the driver, because its answer says more. */
const EARLIER_MS = 500;

export interface LogConnectionListener {
  /** The connection was lost between two statements. */
  onLoss(error: Error): void;
  /** Another process has perhaps stored something. */
  onNews(): void;
}

/** A log that is being followed, until it is closed. */
export interface FollowedLog extends LogView {
  /** Identifies the log, also after a restart. */
  readonly logId: string;
  close(): Promise<void>;
}

/** Opens a log to follow it. */
export interface LogConnector {
  /** @throws LogMismatchError when the log is not the one that this process knows */
  open(log: EventLog, listener: LogConnectionListener): Promise<FollowedLog>;
}

/**
 * The one connection, to one primary, on which a process follows the log. An answer that does not come in time is an
 * error, because the other end may be gone without notice.
 */
export class LogConnection implements FollowedLog {
  private readonly reader: EventReader;
  private mustLookAgain = false;

  private constructor(
    private readonly client: pg.Client,
    private readonly log: EventLog,
  ) {
    const run: RunQuery = (query) => this.run(query);
    this.reader = new EventReader(log.registry, run);
  }

  /** Identifies the log, also after a restart. */
  get logId(): string {
    return this.log.guard.identity;
  }

  /**
   * After an error, no connection is left open.
   * @throws LogMismatchError when the log is not the one that this process knows
   */
  static async open(log: EventLog, listener: LogConnectionListener): Promise<LogConnection> {
    const { connection, patienceMs } = log.options;
    const client = new pg.Client({
      ...withSettings(connection),
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
      if (payload === LOG_CLOSED) opened?.lookAgain();
      if (payload !== log.origin) listener.onNews();
    });
    let opened: LogConnection | undefined;
    try {
      await client.connect();
      // Before the look at the log, so that a closure after it is heard.
      await client.query(`LISTEN ${pg.escapeIdentifier(log.channel)}`);
      opened = new LogConnection(client, log);
      await log.guard.admit(client);
      return opened;
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  async top(): Promise<LogEntry | undefined> {
    return this.reader.lastEntry();
  }

  async range(after: number, upTo: number, limit: number): Promise<RecordedEvent[]> {
    return this.reader.readRange(after, upTo, limit);
  }

  /** The transactions are named by their virtual ids. */
  async writers(): Promise<ReadonlySet<string>> {
    const { rows } = await this.run<{ writer: string }>({
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

  /** Another process has closed the log: the next statement finds out why. */
  private lookAgain(): void {
    this.mustLookAgain = true;
  }

  /** What a former primary answers is not what the log holds. */
  private async run<Row extends pg.QueryResultRow | unknown[]>(
    query: pg.QueryConfig,
  ): Promise<{ rows: Row[] }> {
    if (this.mustLookAgain) await this.log.guard.admit(this.client);
    this.mustLookAgain = false;
    const result = await this.client.query<Row & pg.QueryResultRow>(query);
    this.log.guard.assertCurrent(this.client);
    return result;
  }
}
