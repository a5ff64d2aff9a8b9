import pg from 'pg';
import { withSettings } from '../postgres/session-settings.js';

/** Readers wait for the head this long, in milliseconds, and do without it then. */
export const HEAD_PATIENCE_MS = 2_000;

/** Connections in addition to those of the batches: for appends that wait for a lock of another process. */
const CONNECTIONS_FOR_WAITING = 4;
const READ_CONNECTIONS = 4;

/** A statement is given up in time for a second try, because the other end may be gone without notice. */
const ATTEMPTS = 2;
/** The server gives up earlier than the driver, because its answer says more. */
const DRIVER_LATER_MS = 250;

/** The connections of an event log. */
export interface LogPools {
  readonly appends: pg.Pool;
  readonly reads: pg.Pool;
  /** A single connection, so that other readers do not delay it. */
  readonly heads: pg.Pool;
}

/** @param onError called when a connection is lost between two statements */
export function openLogPools(
  options: {
    readonly connection: pg.ClientConfig;
    readonly maxBatchesInFlight: number;
    readonly patienceMs: number;
  },
  onError: (error: Error) => void,
): LogPools {
  const pool = (max: number, name: string, patienceMs: number): pg.Pool => {
    const attemptMs = Math.ceil(patienceMs / ATTEMPTS);
    return new pg.Pool({
      ...withSettings(options.connection),
      max,
      application_name: name,
      keepAlive: true,
      allowExitOnIdle: true,
      connectionTimeoutMillis: attemptMs,
      statement_timeout: attemptMs,
      query_timeout: attemptMs + DRIVER_LATER_MS,
    }).on('error', onError);
  };
  const { maxBatchesInFlight, patienceMs } = options;
  return {
    appends: pool(maxBatchesInFlight + CONNECTIONS_FOR_WAITING, 'event-log append', patienceMs),
    reads: pool(READ_CONNECTIONS, 'event-log read', patienceMs),
    heads: pool(1, 'event-log head', HEAD_PATIENCE_MS),
  };
}
