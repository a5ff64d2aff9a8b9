import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres.errors.js';
import { listens } from './postmaster.js';
import type { Superuser } from './superuser.js';

/** How to reach the server on a cluster. */
export interface ServerAccess {
  readonly cluster: string;
  readonly pid: number;
  readonly port: number;
  readonly superuser: Superuser;
}

/** How long to wait without any sign of life from the server, in milliseconds. */
const PATIENCE_MS = 60_000;

// SQLSTATE of a server that is starting up, recovering or shutting down.
const NOT_NOW = '57P03';
const WRONG_CREDENTIALS = ['28P01', '28000'];

/** URL of a database of the server, with the password: not for logs. */
export function databaseUrl({ port, superuser }: ServerAccess, database: string): string {
  const [name, password, path] = [superuser.name, superuser.password, database].map(encodeURIComponent);
  return `postgres://${name}:${password}@127.0.0.1:${port}/${path}`;
}

/**
 * Connects to database `postgres` and makes sure that the answer comes from the server on our cluster, not from another
 * one that happens to listen there.
 * @throws EmbeddedPostgresError when the server is another one or refuses our password; pg's error when it is not ready
 */
async function connect(access: ServerAccess): Promise<Client> {
  const connectionString = databaseUrl(access, 'postgres');
  const client = new Client({
    connectionString,
    ssl: false,
    connectionTimeoutMillis: 5000,
    application_name: 'embedded-postgres',
  });
  // Without a listener, a lost connection would end this process. The `end` event reports the same loss.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const folder = rows[0]?.data_directory ?? '';
    if ((await realpath(folder)) === access.cluster) return client;
    throw new EmbeddedPostgresError(
      `The PostgreSQL on port ${access.port} serves ${folder}, not ${access.cluster}: stop it`,
    );
  } catch (error) {
    await client.end();
    if (error instanceof DatabaseError && WRONG_CREDENTIALS.includes(error.code ?? '')) {
      throw new EmbeddedPostgresError(
        `The PostgreSQL that serves ${access.cluster} refuses its password (${reasonOf(error)}): put the folder's ` +
          'password file back from a backup, or set dataDir to another folder',
      );
    }
    throw error;
  }
}

/**
 * Waits until the server accepts connections, as long as it takes while it says that it is on its way: replaying the
 * log after a crash can last minutes.
 * @returns undefined when `isRunning` tells that the server has ended
 * @throws EmbeddedPostgresError when it gives no sign of life for a minute, or is not ours
 */
export async function connectWhenReady(
  access: ServerAccess,
  isRunning: () => boolean | Promise<boolean>,
  log: (line: string) => void,
): Promise<Client | undefined> {
  let deadline = performance.now() + PATIENCE_MS;
  let nextLine = performance.now() + 5000;
  let reason = 'it has not bound the port yet';
  while (await isRunning()) {
    try {
      if (await listens(access.pid, access.cluster)) return await connect(access);
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw error;
      if (error instanceof DatabaseError && error.code === NOT_NOW)
        deadline = performance.now() + PATIENCE_MS;
      reason = reasonOf(error);
    }
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        `PostgreSQL (process ${access.pid}) does not answer on port ${access.port} (${reason}): ` +
          `see postgres.log in dataDir`,
      );
    }
    if (performance.now() > nextLine) {
      log(`still waiting for PostgreSQL on port ${access.port}: ${reason}`);
      nextLine = performance.now() + 5000;
    }
    await sleep(20);
  }
  return undefined;
}

/** Creates the databases that do not exist yet. */
export async function createDatabases(client: Client, databases: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
  const existing = new Set(rows.map((row) => row.datname));
  for (const database of new Set(databases)) {
    if (!existing.has(database)) await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
  }
}
