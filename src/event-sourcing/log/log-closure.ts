import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { withSettings } from '../postgres/session-settings.js';
import type { LogGuard } from './log-guard.js';
import { inspectLog } from './log-identity.js';

/** What a process announces on the channel of the log when it has closed the log. */
export const LOG_CLOSED = 'closed';

const TIMEOUT_MS = 2_000;
const RETRY_MS = 1_000;

/** Where a log is, and where its processes hear of it. */
export interface LogPlace {
  readonly connection: pg.ClientConfig;
  readonly channel: string;
}

/**
 * Closes a log that has lost events for all processes: no append succeeds until an operator opens it. Processes that
 * follow the log hear of it at once; others meet the refusal. It is retried until it is done.
 * @param guard of the process that has found the loss
 * @param onError called when a try fails
 */
export async function closeLog(
  place: LogPlace,
  guard: LogGuard,
  signal: AbortSignal,
  onError: (error: Error) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await tryToClose(place, guard);
      return;
    } catch (error) {
      onError(
        new Error(`The event log could not be closed for other processes: ${(error as Error).message}`),
      );
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

async function tryToClose({ connection, channel }: LogPlace, guard: LogGuard): Promise<void> {
  const client = new pg.Client({
    ...withSettings(connection),
    application_name: 'event-log close',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { server, lost } = await inspectLog(client, guard.knownEvents);
    if (server === null) throw new Error('the server is a standby');
    // An operator has brought the former primary back.
    if (lost === null) return;
    const reason = guard.failure?.message ?? 'The event log has lost events.';
    await client.query('SELECT close_event_log($1, $2)', [reason, guard.lastPosition]);
    await client.query('SELECT pg_notify($1, $2)', [channel, LOG_CLOSED]);
  } finally {
    await client.end();
  }
}
