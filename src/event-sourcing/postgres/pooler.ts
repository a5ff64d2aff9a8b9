import pg from 'pg';
import { withOptions } from './session-settings.js';

/** A setting of no effect. A session that lacks it lacks the other options too. */
const MARK = 'durable_cqrs.options';

/** What is between this process and PostgreSQL. `undefined`: nothing that changes sessions. */
export type PoolerFault =
  /** The settings of a session are dropped. */
  | 'drops options'
  /** A session is given to another client between two transactions. */
  | 'shares sessions';

/** Adds a setting of no effect, by which `poolerFault` sees whether options arrive. */
export function marked(connection: pg.ClientConfig): pg.ClientConfig {
  return withOptions(connection, (own) => [own, `-c ${MARK}=on`].filter(Boolean).join(' '));
}

/** Whether a pooler has refused a connection because of its options. */
export function refusesOptions(error: unknown): boolean {
  return /unsupported startup parameter/i.test(String((error as { message?: unknown }).message));
}

/**
 * Finds a connection pooler that sessions do not survive. In transaction mode, a second client takes the server process
 * of the first one as soon as that has no transaction open.
 * @param client connected with `marked` parameters
 * @param another makes a second client of the same kind
 */
export async function poolerFault(
  client: pg.Client,
  another: () => pg.Client,
): Promise<PoolerFault | undefined> {
  const mark = await client.query(`SELECT current_setting('${MARK}', true) AS mark`);
  if ((mark.rows as { mark: string | null }[])[0]?.mark !== 'on') return 'drops options';
  const process = await processOf(client);
  // Without a pooler, the client knows its server process from the start.
  if (process === (client as unknown as { processID: number | null }).processID) return undefined;
  const other = another();
  other.on('error', () => undefined);
  try {
    await other.connect();
    await other.query('BEGIN');
    await processOf(other);
    return (await processOf(client)) === process ? undefined : 'shares sessions';
  } finally {
    await other.end();
  }
}

async function processOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}
