import pg from 'pg';
import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { EventLog } from '../event-log.js';
import { EventReader, type LogEntry } from '../event-reader.js';
import { LogMismatchError, readLogIdentity } from '../log-identity.js';
import { withSettings } from '../../postgres/session-settings.js';
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
  /** @throws LogMismatchError when the sequence of positions is behind the log */
  open(log: EventLog, listener: LogConnectionListener): Promise<FollowedLog>;
  /**
   * Opens the same log again.
   * @throws LogMismatchError also when it is another log, or `last` is no longer there
   */
  reopen(
    log: EventLog,
    listener: LogConnectionListener,
    known: { readonly logId: string; readonly last: LogEntry | undefined },
  ): Promise<FollowedLog>;
}

/**
 * The one connection, to one primary, on which a process follows the log. An answer that does not come in time is an
 * error, because the other end may be gone without notice.
 */
export class LogConnection implements FollowedLog {
  private constructor(
    private readonly client: pg.Client,
    private readonly reader: EventReader,
    /** Identifies the log, also after a restart. */
    readonly logId: string,
  ) {}

  /**
   * After an error, no connection is left open.
   * @throws LogMismatchError when the sequence of positions is behind the log
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
      if (payload !== log.origin) listener.onNews();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(log.channel)}`);
      const reader = new EventReader(log.registry, (query) => client.query(query));
      return new LogConnection(client, reader, await readLogIdentity(client));
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /**
   * Opens a connection to the same log again.
   * @param last an event that was settled before the connection was lost
   * @throws LogMismatchError also when it is another log, or the event is no longer there
   */
  static async reopen(
    log: EventLog,
    listener: LogConnectionListener,
    { logId, last }: { readonly logId: string; readonly last: LogEntry | undefined },
  ): Promise<LogConnection> {
    const connection = await LogConnection.open(log, listener);
    try {
      await connection.assertSame(logId, last);
      return connection;
    } catch (error) {
      await connection.close();
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

  private async assertSame(logId: string, last: LogEntry | undefined): Promise<void> {
    if (this.logId !== logId) {
      throw new LogMismatchError(
        `The connection now leads to the event log ${this.logId}; before, it was ${logId}. Restart the process.`,
      );
    }
    if (last === undefined) return;
    const id = (await this.reader.idsAt([last.position])).get(last.position);
    if (id === last.id) return;
    throw new LogMismatchError(
      `The event at position ${last.position} is not the one that was there: the log was restored from another time.`,
    );
  }
}
