import pg from 'pg';

/**
 * Settings that every connection needs, whatever the server and the role have set: durability depends on the first
 * one, the order of the log on the second one. As a value of the connection parameter `options`.
 */
export const SESSION_SETTINGS = settingsWith('on');

/** The only setting of `synchronous_commit` that promises more than `on`: a standby has also applied the commit. */
export const REMOTE_APPLY = 'remote_apply';

const COMMIT_OPTION = /\bsynchronous[_-]commit\s*=\s*'?(\w+)/gi;
const PROBE_MS = 10_000;

/**
 * The value of `options` for a session: what the operator has chosen, and after it the settings that every connection
 * needs, because PostgreSQL uses the last value of each setting. An operator's `synchronous_commit=remote_apply`
 * stays; everything weaker becomes `on`.
 */
export function sessionOptions(own: string | undefined): string {
  const chosen = [...(own ?? '').matchAll(COMMIT_OPTION)].at(-1)?.[1]?.toLowerCase();
  return [own, chosen === REMOTE_APPLY ? settingsWith(REMOTE_APPLY) : SESSION_SETTINGS]
    .filter(Boolean)
    .join(' ');
}

/**
 * @param connection parameters of a connection
 * @returns the parameters with `sessionOptions`
 */
export function withSettings(connection: pg.ClientConfig): pg.ClientConfig {
  return withOptions(connection, sessionOptions);
}

/**
 * Changes the `options` of a connection. Those of the URL are moved out of it, because the driver would prefer them.
 * @param change gets the present options
 */
export function withOptions(
  connection: pg.ClientConfig,
  change: (own: string | undefined) => string,
): pg.ClientConfig {
  const { connectionString, options, ...rest } = connection;
  if (connectionString === undefined || !URL.canParse(connectionString)) {
    return { ...connection, options: change(options) };
  }
  const url = new URL(connectionString);
  const own = url.searchParams.get('options') ?? options;
  url.searchParams.delete('options');
  return { ...rest, connectionString: url.href, options: change(own) };
}

/**
 * Makes `synchronous_commit = remote_apply` of the server, the role or the database an option of the URL, so that all
 * sessions keep it.
 * @returns the same URL where they have set something else
 * @throws whatever connecting throws
 */
export async function withOperatorsCommit(connectionString: string): Promise<string> {
  const client = new pg.Client({
    connectionString,
    application_name: 'durable-cqrs check',
    connectionTimeoutMillis: PROBE_MS,
    query_timeout: PROBE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ synchronous_commit: string }>('SHOW synchronous_commit');
    if (rows[0]?.synchronous_commit !== REMOTE_APPLY) return connectionString;
  } finally {
    await client.end();
  }
  const url = new URL(connectionString);
  url.searchParams.set('options', remoteApply(url.searchParams.get('options') ?? undefined));
  return url.href;
}

/** Options that make sessions wait until a standby has applied each commit. */
export function remoteApply(own: string | undefined): string {
  return [own, `-c synchronous_commit=${REMOTE_APPLY}`].filter(Boolean).join(' ');
}

function settingsWith(commit: string): string {
  return `-c synchronous_commit=${commit} -c default_transaction_isolation=read\\ committed`;
}
