import pg from 'pg';
import { withSettings } from '../postgres/session-settings.js';
import type { QueryRows } from './event-reader.js';
import type { LogGuard } from './log-guard.js';

/** Readers wait for the head this long, in milliseconds, and do without it then. */
export const HEAD_PATIENCE_MS = 2_000;

/** Connections in addition to those of the batches: for appends that wait for a lock of another process. */
const CONNECTIONS_FOR_WAITING = 4;
const READ_CONNECTIONS = 4;

/** A statement is given up in time for a second try, because the other end may be gone without notice. */
const ATTEMPTS = 2;
/** The server gives up earlier than the driver, because its answer says more. */
const DRIVER_LATER_MS = 250;

/** A pool of connections to the log. The guard has admitted each of them. */
export class LogPool {
  private readonly pool: pg.Pool;

  constructor(
    config: pg.PoolConfig,
    private readonly guard: LogGuard,
    onError: (error: Error) => void,
  ) {
    const verify = (client: pg.PoolClient, done: (error?: Error) => void): void => {
      guard.admit(client).then(() => {
        done();
      }, done);
    };
    this.pool = new pg.Pool({ ...config, verify })
      .on('error', onError)
      // While a client is in use, the pool does not listen. Without a listener, a loss would end the process.
      .on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Runs a statement. An answer of a former primary does not count.
   * @throws LogMismatchError when this process has stopped using the log
   */
  async query<Row extends pg.QueryResultRow | unknown[]>(
    statement: pg.QueryConfig & { readonly rowMode?: 'array' },
  ): Promise<QueryRows<Row>> {
    this.guard.assertSound();
    const client = await this.pool.connect();
    try {
      const result = await client.query<Row & pg.QueryResultRow>(statement);
      this.guard.assertCurrent(client);
      client.release();
      return result;
    } catch (error) {
      client.release(error as Error);
      throw this.guard.explain(error);
    }
  }

  /** Closes the connections when they are idle. */
  async end(): Promise<void> {
    await this.pool.end();
  }
}

/** A new connection compares the log with what the process knows of it, so an idle one is kept, in milliseconds. */
const KEPT_IDLE_MS = 60_000;

/** The connections of an event log. */
export interface LogPools {
  readonly appends: LogPool;
  readonly reads: LogPool;
  /** A single connection, so that other readers do not delay it. */
  readonly heads: LogPool;
}

/**
 * @param guard admits the connections
 * @param onError called when a connection is lost between two statements
 */
export function openLogPools(
  options: {
    readonly connection: pg.ClientConfig;
    readonly maxBatchesInFlight: number;
    readonly patienceMs: number;
  },
  guard: LogGuard,
  onError: (error: Error) => void,
): LogPools {
  const pool = (max: number, name: string, patienceMs: number): LogPool => {
    const attemptMs = Math.ceil(patienceMs / ATTEMPTS);
    const config = {
      ...withSettings(options.connection),
      max,
      application_name: name,
      keepAlive: true,
      allowExitOnIdle: true,
      idleTimeoutMillis: KEPT_IDLE_MS,
      connectionTimeoutMillis: attemptMs,
      statement_timeout: attemptMs,
      query_timeout: attemptMs + DRIVER_LATER_MS,
    };
    return new LogPool(config, guard, onError);
  };
  const { maxBatchesInFlight, patienceMs } = options;
  return {
    appends: pool(maxBatchesInFlight + CONNECTIONS_FOR_WAITING, 'event-log append', patienceMs),
    reads: pool(READ_CONNECTIONS, 'event-log read', patienceMs),
    heads: pool(1, 'event-log head', HEAD_PATIENCE_MS),
  };
}
