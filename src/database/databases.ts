import type { Config, DatabaseUrls } from '../config/config.js';
import { migrate, withOperatorsCommit } from '../event-sourcing/index.js';
import { commandDataSource } from './command-data-source.js';
import { assertDurable } from './durability.js';
import {
  EmbeddedPostgresError,
  joinEmbeddedPostgres,
  startPostgres,
} from '../event-sourcing/embedded-postgres/index.js';
import { queryDataSource } from './query-data-source.js';

const EMBEDDED_COMMAND_DATABASE = 'cartwright_command';
const EMBEDDED_QUERY_DATABASE = 'cartwright_query';

/** The two databases, ready for use. */
export interface Databases {
  readonly urls: DatabaseUrls;
  /** Whether no other process can be on them. Once it has returned `false` it never returns `true` again. */
  isAlone(): boolean;
  /** Resolves when an embedded server has ended. Never resolves for other servers, which may come back. */
  readonly lost: Promise<undefined>;
  /** Stops what was started for them. Call it last. */
  close(): Promise<void>;
}

/**
 * Opens the databases of the configuration, or an embedded PostgreSQL if it names none, and runs the migrations.
 * @throws ConfigError or EmbeddedPostgresError with one line that says what to do; nothing keeps running then
 */
export async function openDatabases(config: Config, log: (line: string) => void): Promise<Databases> {
  if (config.databaseUrls) {
    const urls = await prepare(config.databaseUrls, ['COMMAND_DATABASE_URL', 'QUERY_DATABASE_URL']);
    return {
      urls,
      isAlone: () => false,
      lost: new Promise(() => undefined),
      close: () => Promise.resolve(),
    };
  }
  const {
    urls: all,
    isAlone,
    lost,
    stop,
  } = await startPostgres({
    dataDir: config.dataDir,
    databases: [EMBEDDED_COMMAND_DATABASE, EMBEDDED_QUERY_DATABASE],
    log: (line) => {
      log(inOurWords(line));
    },
  }).catch(throwInOurWords);
  const urls = { command: all[EMBEDDED_COMMAND_DATABASE], query: all[EMBEDDED_QUERY_DATABASE] };
  try {
    await prepare(urls, ['DATA_DIR', 'DATA_DIR']);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls, isAlone, lost, close: stop };
}

/**
 * Opens the databases of a service that may be running, and leaves them as they are.
 * @throws EmbeddedPostgresError with one line that says what to do
 */
export async function joinDatabases(
  config: Pick<Config, 'databaseUrls' | 'dataDir'>,
  log: (line: string) => void,
): Promise<Pick<Databases, 'urls' | 'close'>> {
  if (config.databaseUrls) return { urls: config.databaseUrls, close: () => Promise.resolve() };
  const databases = [EMBEDDED_COMMAND_DATABASE, EMBEDDED_QUERY_DATABASE];
  const options = {
    dataDir: config.dataDir,
    databases,
    log: (line: string): void => {
      log(inOurWords(line));
    },
  };
  const server = await joinEmbeddedPostgres(options).catch(throwInOurWords);
  const urls = { command: server.url(EMBEDDED_COMMAND_DATABASE), query: server.url(EMBEDDED_QUERY_DATABASE) };
  return { urls, close: () => server.leave() };
}

/** @returns the URLs, with what their operators have set for sessions */
async function prepare(
  { command, query }: DatabaseUrls,
  variables: readonly [command: string, query: string],
): Promise<DatabaseUrls> {
  await assertDurable(command, variables[0]);
  await assertDurable(query, variables[1]);
  const urls = { command: await withOperatorsCommit(command), query: await withOperatorsCommit(query) };
  await migrate(commandDataSource(urls.command));
  await migrate(queryDataSource(urls.query));
  return urls;
}

/** Messages of the embedded PostgreSQL, with the variables that an operator sets. */
function inOurWords(text: string): string {
  return text
    .replaceAll(/\bdataDir\b(?=[ :,]|$)/g, 'DATA_DIR')
    .replaceAll(
      'use a PostgreSQL server of your own',
      'set COMMAND_DATABASE_URL and QUERY_DATABASE_URL to databases of your own',
    );
}

function throwInOurWords(error: unknown): never {
  if (!(error instanceof EmbeddedPostgresError)) throw error;
  throw new EmbeddedPostgresError(inOurWords(error.message), { cause: error });
}
