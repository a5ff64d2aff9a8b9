import type pg from 'pg';

/**
 * Settings that every connection needs, whatever the server and the role have set: durability depends on the first
 * one, the order of the log on the second one. As a value of the connection parameter `options`.
 */
export const SESSION_SETTINGS = '-c synchronous_commit=on -c default_transaction_isolation=read\\ committed';

/**
 * @param connection parameters of a connection
 * @returns the parameters with the settings in `options`. Those of the URL are moved there, because the driver prefers
 *   them. The settings are last because PostgreSQL uses the last value of each setting.
 */
export function withSettings(connection: pg.ClientConfig): pg.ClientConfig {
  const { connectionString, options, ...rest } = connection;
  if (connectionString === undefined || !URL.canParse(connectionString)) {
    return { ...connection, options: joined(options) };
  }
  const url = new URL(connectionString);
  const own = url.searchParams.get('options') ?? options;
  url.searchParams.delete('options');
  return { ...rest, connectionString: url.href, options: joined(own) };
}

function joined(options: string | undefined): string {
  return [options, SESSION_SETTINGS].filter(Boolean).join(' ');
}
