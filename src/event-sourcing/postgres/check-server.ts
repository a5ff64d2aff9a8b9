import pg from 'pg';
import { namesSeveralHosts } from './one-host.js';
import { marked, poolerFault, refusesOptions, type PoolerFault } from './pooler.js';
import { REMOTE_APPLY } from './session-settings.js';
import { withoutPassword } from './without-password.js';

/** The oldest major version of PostgreSQL that the package supports. */
const OLDEST_VERSION = 16;
const PATIENCE_MS = 10_000;
/** Other values of `synchronous_commit` acknowledge what a crash or a failover can take away. */
const DURABLE_COMMITS = new Set(['on', REMOTE_APPLY]);

/**
 * A database server that cannot be reached, or that would not keep what it acknowledges. The message is one line that
 * says what to do, and shows no password.
 */
export class UnsuitableServerError extends Error {
  override readonly name = 'UnsuitableServerError';
}

const DIRECTLY = 'connect to PostgreSQL directly, because the service has a pool of its own';
const POOLER_FAULTS: Readonly<Record<PoolerFault, string>> = {
  'drops options': `is a connection pooler such as PgBouncer that drops the settings of sessions: ${DIRECTLY}`,
  'shares sessions': `is a connection pooler in transaction mode, where sessions lose their locks and settings: ${DIRECTLY}`,
};

interface ServerSettings {
  readonly version: number;
  readonly fsync: string;
  readonly commit: string;
  readonly isolation: string;
  readonly pooler: PoolerFault | undefined;
}

/**
 * Checks that the server keeps what it acknowledges, because every promise depends on that. Takes at most 10 s.
 * @param connection the parameters of the connections that will be used
 * @throws UnsuitableServerError when the server cannot be reached, is older than PostgreSQL 16, runs with `fsync` off,
 *   when sessions commit without waiting for the disk or are not at READ COMMITTED, when the URL names several hosts, or
 *   when a connection pooler is in between that sessions do not survive
 */
export async function checkServer(connection: pg.ClientConfig): Promise<void> {
  if (namesSeveralHosts(connection.connectionString ?? '') || connection.host?.includes(',')) {
    throw new UnsuitableServerError(
      'The URL names several hosts or has target_session_attrs, which the driver does not support: use one address that ' +
        'always leads to the primary.',
    );
  }
  const config = {
    ...marked(connection),
    application_name: 'durable-cqrs check',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  };
  const client = new pg.Client(config);
  const place = `${client.host}:${client.port}`;
  const { version, fsync, commit, isolation, pooler } = await settingsOf(client, place, config);
  const refuse = (fault: string): never => {
    throw new UnsuitableServerError(`The server at ${place} ${fault}.`);
  };
  if (pooler) refuse(POOLER_FAULTS[pooler]);
  if (version < OLDEST_VERSION)
    refuse(`is PostgreSQL ${version}, which is too old: use ${OLDEST_VERSION} or newer`);
  if (fsync !== 'on') {
    refuse(
      `runs with fsync = ${fsync} and would lose events when it crashes: set fsync = on and reload its configuration`,
    );
  }
  if (!DURABLE_COMMITS.has(commit)) {
    const what = commit === 'off' ? 'waiting for the disk' : 'waiting for the disk of its standby';
    refuse(`commits without ${what}: ${howToSet(`synchronous_commit = ${commit}`)}`);
  }
  if (isolation !== 'read committed')
    refuse(
      `begins transactions at the wrong level: ${howToSet(`default_transaction_isolation = ${isolation}`)}`,
    );
}

function howToSet(found: string): string {
  return `sessions of the data source have ${found}. Add "extra: { options: SESSION_SETTINGS }" to its options`;
}

async function settingsOf(
  client: pg.Client,
  place: string,
  connection: pg.ClientConfig,
): Promise<ServerSettings> {
  // Without a listener, a connection that breaks between two statements would end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Omit<ServerSettings, 'pooler'>>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit,
              current_setting('default_transaction_isolation') AS isolation`,
    );
    const [settings] = rows;
    if (settings === undefined) throw new Error('it gave no answer');
    return { ...settings, pooler: await poolerFault(client, () => new pg.Client(connection)) };
  } catch (error) {
    if (refusesOptions(error))
      throw new UnsuitableServerError(`The server at ${place} ${POOLER_FAULTS['drops options']}.`);
    const { connectionString, password } = connection;
    const text = typeof password === 'string' ? password : undefined;
    throw new UnsuitableServerError(
      `Cannot connect to PostgreSQL at ${place} (${withoutPassword(reasonOf(error), connectionString, text)}): ` +
        'check that it runs there and that the URL is right.',
    );
  } finally {
    await client.end();
  }
}

/** A connection to a name with several addresses fails with an AggregateError, whose own message is empty. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  const reason = [message, code].find((text) => text !== undefined && text !== '') ?? String(error);
  return reason.replaceAll(/\s*\n\s*/g, ' ');
}
