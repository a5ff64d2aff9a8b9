import { realpath } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import type { Client } from 'pg';
import { makeDataDir } from './data-dir.js';
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres.errors.js';
import { FolderLock } from './folder-lock.js';
import { connectWhenReady, createDatabases, databaseUrl } from './postgres-access.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { findSuperuser, prepareCluster } from './postgres-cluster.js';
import { assertPassable, serverUser } from './postgres-user.js';
import { serves, stopPostmaster } from './postmaster.js';
import { adoptServer, launchServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

export { EmbeddedPostgresError } from './embedded-postgres.errors.js';

/** How to run an embedded PostgreSQL. */
export interface EmbeddedPostgresOptions {
  /** Folder of the cluster (`postgres/`) and its log (`postgres.log`). It is created if it does not exist. */
  readonly dataDir: string;
  /** Databases to create if they do not exist. */
  readonly databases: readonly string[];
  /**
   * Server settings that override the defaults of this module. An adopted server keeps the settings it was started
   * with.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes one line for each thing that an operator should know. */
  readonly log: (line: string) => void;
}

/** A running PostgreSQL on which this process holds the lock. */
export interface EmbeddedPostgres {
  /** URL of a database, with the superuser's password: not for logs. */
  url(database: string): string;
  /** TCP port on the loopback address. */
  readonly port: number;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Whether the server was already running, because the process that had started it was killed. */
  readonly adopted: boolean;
  /**
   * Whether no other owner can have used the folder since the start. Turns `false` for good when the lock on the
   * folder is lost, even if it is taken again.
   */
  readonly isExclusive: boolean;
  /** Resolves when the server has ended without `stop`. */
  readonly lost: Promise<undefined>;
  /** Stops the server. Resolves when its process is gone. May be called again. */
  stop(): Promise<void>;
}

/** How long a start is repeated after a failure that may pass by itself, in milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Runs a PostgreSQL in `dataDir`. The first start creates the cluster. A server that a killed process left running is
 * adopted. A lock keeps a second process off the folder.
 * @throws EmbeddedPostgresError with one line that says what is wrong and what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      `PostgreSQL cannot be run in dataDir ${options.dataDir}: ${reasonOf(error)}`,
      { cause: error },
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
    await assertPassable(user, folder, 'set dataDir to a folder elsewhere');
    await assertPassable(user, dirname(binaries.postgres), 'move the application elsewhere');
  }
  const superuser = await prepareCluster(cluster, binaries, user, log);
  const plan = { program: binaries.postgres, cluster, user, logFile: join(folder, 'postgres.log'), settings };

  const patience = performance.now() + PATIENCE_MS;
  for (;;) {
    const running =
      (await adoptServer(cluster, superuser, log)) ?? (await launchServer(plan, superuser, patience, log));
    if (running === undefined) continue;
    const lock = await lockFolder(running, log);
    if (lock === 'lost') continue;
    if (lock === undefined) {
      await running.client.end();
      throw new EmbeddedPostgresError(
        `dataDir ${folder} is in use by another process: stop that one, or set dataDir to another folder`,
      );
    }
    return await own(running, lock, databases);
  }
}

/** @returns `lost` when the former owner stopped the server just now, `undefined` when another process has the lock */
async function lockFolder(
  server: RunningServer,
  log: (line: string) => void,
): Promise<FolderLock | 'lost' | undefined> {
  const { access, client } = server;
  const reconnect = (): Promise<Client | undefined> =>
    connectWhenReady(access, () => serves(access.pid, access.cluster), log);
  try {
    return await FolderLock.take(client, reconnect, log);
  } catch (error) {
    log(`the server went away before it could be locked (${reasonOf(error)}): starting again`);
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
  return {
    url: (database) => databaseUrl(access, database),
    port,
    pid,
    adopted,
    get isExclusive() {
      return lock.isUnbroken;
    },
    lost: lock.serverEnded,
    stop,
  };
}

/** A running PostgreSQL that another process may own. */
export interface JoinedPostgres {
  /** URL of a database, with the superuser's password: not for logs. */
  url(database: string): string;
  /** Disconnects. Stops the server only if this process started it. */
  leave(): Promise<void>;
}

/**
 * Joins the PostgreSQL that runs in `dataDir`, or starts it if none runs. A joined server keeps its owner and its lock.
 * @throws EmbeddedPostgresError with one line that says what is wrong and what to do
 */
export async function joinEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<JoinedPostgres> {
  const cluster = join(options.dataDir, 'postgres');
  const superuser = await findSuperuser(cluster);
  if (superuser === undefined) {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL in dataDir ${options.dataDir}: set dataDir to a folder that has one, ` +
        `or use a PostgreSQL server of your own`,
    );
  }
  const running = await adoptServer(await realpath(cluster), superuser, options.log);
  if (running === undefined) {
    const started = await startEmbeddedPostgres(options);
    return { url: (database) => started.url(database), leave: () => started.stop() };
  }
  const { access, client } = running;
  return { url: (database) => databaseUrl(access, database), leave: () => client.end() };
}
