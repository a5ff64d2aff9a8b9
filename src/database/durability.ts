import { Client } from 'pg';
import { ConfigError } from '../config/config.js';
import { reasonOf } from '../event-sourcing/embedded-postgres/index.js';

const OLDEST_VERSION = 16;
const PATIENCE = 10_000;

/**
 * Checks that the server keeps what it acknowledges, because every promise depends on that. Takes at most 10 s.
 * @param variable the environment variable that the URL comes from, for the message
 * @throws ConfigError when the server cannot be reached, is older than 16, or runs with `fsync` off
 */
export async function assertDurable(url: string, variable: string): Promise<void> {
  const { version, fsync } = await readSettings(url, variable);
  if (version < OLDEST_VERSION) {
    throw new ConfigError(
      `${variable}: the server at ${place(url)} is PostgreSQL ${version}, which is too old: ` +
        `use ${OLDEST_VERSION} or newer.`,
    );
  }
  if (fsync !== 'on') {
    throw new ConfigError(
      `${variable}: the server at ${place(url)} runs with fsync = ${fsync} and would lose carts when it crashes: ` +
        'set fsync = on and reload its configuration.',
    );
  }
}

async function readSettings(url: string, variable: string): Promise<{ version: number; fsync: string }> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    query_timeout: PATIENCE,
    application_name: 'cartwright',
  });
  // Without a listener, a connection that breaks between two statements would end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number; fsync: string }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('fsync') AS fsync`,
    );
    const [settings] = rows;
    if (settings === undefined) throw new Error('it gave no answer');
    return settings;
  } catch (error) {
    throw new ConfigError(
      `${variable}: cannot connect to PostgreSQL at ${place(url)} (${withoutPassword(reasonOf(error), url)}): ` +
        'check that it runs there and that the URL is right.',
    );
  } finally {
    await client.end();
  }
}

/** Host and port, or the folder of a Unix socket: the part of a URL that may be shown. */
function place(url: string): string {
  const { hostname, port, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? hostname}:${searchParams.get('port') ?? (port || '5432')}`;
}

function withoutPassword(text: string, url: string): string {
  const { password, searchParams } = new URL(url);
  const secrets = [password, decodeURIComponent(password), searchParams.get('password') ?? ''];
  return secrets
    .filter((secret) => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}
