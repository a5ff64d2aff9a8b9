import { realpath } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import type { Client } from 'pg';
import { makeDataDir } from './data-dir.js';
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres.errors.js';
import { takeFolderLock } from './folder-lock.js';
import type { FolderLock } from './folder-lock.js';
import { connectWhenReady, createDatabases, databaseUrl } from './postgres-access.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { prepareCluster, readPassword } from './postgres-cluster.js';
import { assertPassable, serverUser } from './postgres-user.js';
import { serves, stopPostmaster } from './postmaster.js';
import { adoptServer, launchServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

export { EmbeddedPostgresError } from './embedded-postgres.errors.js';

/** What to start. */
export interface EmbeddedPostgresOptions {
  /** Folder for the cluster (`postgres/`) and its log (`postgres.log`); made where it does not exist. */
  readonly dataDir: string;
  /** Databases to create where they do not exist yet. */
  readonly databases: readonly string[];
  /** Server settings, on top of our defaults. A server that is adopted keeps those it was started with. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes one line for each thing worth telling an operator. */
  readonly log: (line: string) => void;
}

/** A PostgreSQL that is ours alone until it is stopped. */
export interface EmbeddedPostgres {
  /** URL of a database, with the superuser's password: not for logs. */
  url(database: string): string;
  readonly port: number;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Whether it was running already, left behind by a process that was killed. */
  readonly adopted: boolean;
  /** Resolves when the server has ended without being stopped from here. */
  readonly lost: Promise<undefined>;
  /** Stops the server and resolves when its process has gone. May be called again. */
  stop(): Promise<void>;
}

/** Milliseconds for which a start is tried again where a moment later it may well succeed. */
const PATIENCE = 30_000;

/**
 * Runs a PostgreSQL of our own in `dataDir`: makes the cluster at the first start, adopts a server that a killed process
 * left running, and holds a lock so that no second process uses the folder.
 * @throws EmbeddedPostgresError with one line that says what is wrong and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      `PostgreSQL cannot be run in DATA_DIR ${options.dataDir}: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function start({
  dataDir,
  databases,
  settings = {},
  log,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = await makeDataDir(dataDir);
  const cluster = join(folder, 'postgres');
  const binaries = await findPostgresBinaries();
  const user = await serverUser(cluster);
  if (user !== undefined) {
    await assertPassable(user, folder, 'set DATA_DIR to a folder elsewhere');
    await assertPassable(user, dirname(binaries.postgres), 'move the checkout elsewhere');
  }
  const password = await prepareCluster(cluster, binaries, user, log);
  const plan = { program: binaries.postgres, cluster, user, logFile: join(folder, 'postgres.log'), settings };

  const patience = performance.now() + PATIENCE;
  for (;;) {
    const running =
      (await adoptServer(cluster, password, log)) ?? (await launchServer(plan, password, patience, log));
    if (running === undefined) continue;
    const lock = await lockFolder(running, log);
    if (lock === 'lost') continue;
    if (lock === undefined) {
      await running.client.end();
      throw new EmbeddedPostgresError(
        `DATA_DIR ${folder} is in use by another process: stop that one, or set DATA_DIR to another folder`,
      );
    }
    return await own(running, lock, databases);
  }
}

/** Gives `lost` when the server was stopped by its former owner in this moment, undefined when another process has the lock. */
async function lockFolder(
  server: RunningServer,
  log: (line: string) => void,
): Promise<FolderLock | 'lost' | undefined> {
  const { access, client } = server;
  const reconnect = (): Promise<Client | undefined> =>
    connectWhenReady(access, () => serves(access.pid, access.cluster), log);
  try {
    return await takeFolderLock(client, reconnect, log);
  } catch (error) {
    log(`the server went away before it could be locked (${reasonOf(error)}): starting anew`);
    await client.end();
    return 'lost';
  }
}

async function own(
  { access, adopted, client }: RunningServer,
  lock: FolderLock,
  databases: readonly string[],
): Promise<EmbeddedPostgres> {
  const { pid, port, cluster } = access;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= lock.releaseWith(() => stopPostmaster(pid, cluster)));
  try {
    await createDatabases(client, databases);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: (database) => databaseUrl(access, database), port, pid, adopted, lost: lock.lost, stop };
}

/** A server that may be another process's: not stopped by whoever only joins it. */
export interface JoinedPostgres {
  /** URL of a database, with the superuser's password: not for logs. */
  url(database: string): string;
  /** Leaves it running where it was running before. */
  leave(): Promise<void>;
}

/**
 * Joins the PostgreSQL that runs in `dataDir`, for the service or left behind by it; starts it where none runs. Takes no lock from
 * the service that uses it.
 * @throws EmbeddedPostgresError with one line that says what is wrong and what to do
 */
export async function joinEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<JoinedPostgres> {
  const cluster = join(options.dataDir, 'postgres');
  const password = await readPassword(cluster);
  if (password === undefined) {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL in DATA_DIR ${options.dataDir}: set DATA_DIR to the folder of the service, or set COMMAND_DATABASE_URL and QUERY_DATABASE_URL`,
    );
  }
  const running = await adoptServer(await realpath(cluster), password, options.log);
  if (running === undefined) {
    const started = await startEmbeddedPostgres(options);
    return { url: (database) => started.url(database), leave: () => started.stop() };
  }
  const { access, client } = running;
  return { url: (database) => databaseUrl(access, database), leave: () => client.end() };
}
