import { DataSource } from 'typeorm';
import { isSchemaName } from '../postgres/schema-name.js';
import { withSettings } from '../postgres/session-settings.js';
import { withoutPassword } from '../postgres/without-password.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import { CliError, EXIT } from './cli-error.js';
import type { Parameters } from './parameters.js';

const CONNECT_MS = 10_000;

/** The databases that a command works on. The URLs may be equal. */
export interface DatabaseUrls {
  /** URL of the command database. */
  readonly command: string;
  /** URL of the query database. */
  readonly query: string;
}

/**
 * Takes the URLs from the options, else from the environment: `COMMAND_DATABASE_URL` and `QUERY_DATABASE_URL` for two
 * databases, `DATABASE_URL` for one.
 * @throws CliError if a URL is missing or malformed; the message does not contain it
 */
export function databaseUrls(parameters: Parameters, environment: NodeJS.ProcessEnv): DatabaseUrls {
  const fromOptions = pair('--url', parameters.url, [
    ['--command-url', parameters.commandUrl],
    ['--query-url', parameters.queryUrl],
  ]);
  const fromEnvironment = (): DatabaseUrls | undefined =>
    pair('DATABASE_URL', environment['DATABASE_URL'], [
      ['COMMAND_DATABASE_URL', environment['COMMAND_DATABASE_URL']],
      ['QUERY_DATABASE_URL', environment['QUERY_DATABASE_URL']],
    ]);
  const urls = fromOptions ?? fromEnvironment();
  if (urls) return urls;
  throw new CliError(
    'No database is named. Set DATABASE_URL, or COMMAND_DATABASE_URL and QUERY_DATABASE_URL, or give --url.',
    EXIT.misused,
  );
}

/**
 * Takes the schema from the option, else from `DATABASE_SCHEMA`.
 * @throws CliError if the module would refuse the name
 */
export function schemaName(parameters: Parameters, environment: NodeJS.ProcessEnv): string | undefined {
  const schema = parameters.schema ?? environment['DATABASE_SCHEMA'];
  if (schema === undefined || isSchemaName(schema)) return schema;
  throw new CliError(
    `${JSON.stringify(schema)} is not the name of a schema of small letters, digits and "_".`,
    EXIT.misused,
  );
}

/** Whether options name the databases. */
export function namesDatabases({ url, commandUrl, queryUrl }: Parameters): boolean {
  return [url, commandUrl, queryUrl].some((one) => one !== undefined);
}

/** Two URLs take precedence over the one, because they are the more specific setting. */
function pair(
  name: string,
  url: string | undefined,
  [[commandName, command], [queryName, query]]: readonly [
    readonly [string, string | undefined],
    readonly [string, string | undefined],
  ],
): DatabaseUrls | undefined {
  if (command && query) return { command: checked(commandName, command), query: checked(queryName, query) };
  if (command || query) {
    const [given, missing] = command ? [commandName, queryName] : [queryName, commandName];
    throw new CliError(
      `${given} is set and ${missing} is not. Set both, or ${name} for one database.`,
      EXIT.misused,
    );
  }
  return url ? { command: checked(name, url), query: url } : undefined;
}

function checked(name: string, url: string): string {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw new CliError(
    `${name} is not the URL of a PostgreSQL database, such as postgres://user@localhost:5432/shop.`,
    EXIT.misused,
  );
}

/**
 * Connects to both databases, does the work and disconnects.
 * @throws CliError if a database cannot be reached; the message does not contain a password
 */
export async function withDatabases<T>(
  urls: DatabaseUrls,
  schema: string | undefined,
  work: (databases: DatabasePair) => Promise<T>,
): Promise<T> {
  const command = await connect(urls.command, schema);
  try {
    if (urls.query === urls.command) return await work({ command, query: command });
    const query = await connect(urls.query, schema);
    try {
      return await work({ command, query });
    } finally {
      await query.destroy();
    }
  } finally {
    await command.destroy();
  }
}

/** Statements have no time limit, because removing many rows takes long. */
async function connect(url: string, schema: string | undefined): Promise<DataSource> {
  const { connectionString = url, options } = withSettings({ connectionString: url });
  const inSchema = schema === undefined ? [] : [`-c search_path=${schema}`];
  const extra = {
    connectionTimeoutMillis: CONNECT_MS,
    options: [options, ...inSchema].filter(Boolean).join(' '),
  };
  try {
    const dataSource = new DataSource({
      ...{ type: 'postgres', url: connectionString, applicationName: 'durable-cqrs', poolSize: 2 },
      extra,
    });
    return await dataSource.initialize();
  } catch (error) {
    throw new CliError(`Cannot connect to ${placeOf(url)}: ${reasonOf(error, url)}.`, EXIT.unreachable);
  }
}

/** The part of a URL that may be shown. */
function placeOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `PostgreSQL at ${searchParams.get('host') ?? hostname}:${port || '5432'}${pathname}`;
}

function reasonOf(error: unknown, url: string): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  // Node reports no message if a name has several addresses and none answers.
  const reason = [message, code, String(error)].find((text) => text !== undefined && text !== '') ?? '';
  return withoutPassword(reason, url);
}
