import pg from 'pg';
import { withoutPassword } from './without-password.js';

/** The oldest major version of PostgreSQL that the package supports. */
const OLDEST_VERSION = 16;
const PATIENCE_MS = 10_000;

/**
 * A database server that cannot be reached, or that would not keep what it acknowledges. The message is one line that
 * says what to do, and shows no password.
 */
export class UnsuitableServerError extends Error {
  override readonly name = 'UnsuitableServerError';
}

interface ServerSettings {
  readonly version: number;
  readonly fsync: string;
  readonly commit: string;
  readonly isolation: string;
}

/**
 * Checks that the server keeps what it acknowledges, because every promise depends on that. Takes at most 10 s.
 * @param connection the parameters of the connections that will be used
 * @throws UnsuitableServerError when the server cannot be reached, is older than PostgreSQL 16, runs with `fsync` off,
 *   or when sessions commit without waiting for the disk or are not at READ COMMITTED
 */
export async function checkServer(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({
    ...connection,
    application_name: 'durable-cqrs check',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  const place = `${client.host}:${client.port}`;
  const { version, fsync, commit, isolation } = await settingsOf(client, place, connection);
  const refuse = (fault: string): never => {
    throw new UnsuitableServerError(`The server at ${place} ${fault}.`);
  };
  if (version < OLDEST_VERSION)
    refuse(`is PostgreSQL ${version}, which is too old: use ${OLDEST_VERSION} or newer`);
  if (fsync !== 'on') {
    refuse(
      `runs with fsync = ${fsync} and would lose events when it crashes: set fsync = on and reload its configuration`,
    );
  }
  if (commit === 'off')
    refuse(`commits without waiting for the disk: ${howToSet('synchronous_commit = off')}`);
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
    const { rows } = await client.query<ServerSettings>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit,
              current_setting('default_transaction_isolation') AS isolation`,
    );
    const [settings] = rows;
    if (settings === undefined) throw new Error('it gave no answer');
    return settings;
  } catch (error) {
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
