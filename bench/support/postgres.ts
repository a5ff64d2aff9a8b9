import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  joinEmbeddedPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/event-sourcing/embedded-postgres/index.js';
import type { Cleanup } from './cleanup.js';
import { postgresCpu } from './processor-time.js';

/** A PostgreSQL server to make databases on. */
export interface BenchPostgres {
  /** Makes an empty database and returns its URL. */
  createDatabase(purpose: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** Writes all that is in memory to disk, so that measurements start from like to like. */
  checkpoint(): Promise<void>;
  /** A setting, as `SHOW` returns it. */
  setting(name: string): Promise<string>;
  /** Processor time that the server has used so far, in seconds; undefined where the system does not tell. */
  cpuSeconds(): Promise<number | undefined>;
  /** Drops the databases, and stops the server if the bench has started it. The end of the bench does it, too. */
  leave(): Promise<unknown>;
}

const SETTINGS = { max_connections: '200' };
const DATABASES = 'SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate';

/** The server at `url`, as a superuser. */
export function usePostgres(cleanup: Cleanup, url: string): BenchPostgres {
  const server = lend(url, undefined);
  return { ...server, leave: cleanup.add(() => server.leave()) };
}

/**
 * Starts an embedded server in a temporary folder.
 * @param settings on top of those that the service starts its embedded server with
 */
export async function startPostgres(
  cleanup: Cleanup,
  say: (line: string) => void,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'cartwright-bench-'));
  let starting: Promise<EmbeddedPostgres> | undefined = undefined;
  let lent: BenchPostgres | undefined = undefined;
  const leave = cleanup.add(async () => {
    await lent?.leave();
    // An interrupt in the middle of the start waits for its end: a server that is not known cannot be stopped.
    const started = await starting?.catch(() => undefined);
    await started?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  // Where root starts it, PostgreSQL's own user has to pass.
  await chmod(folder, 0o711);
  starting = startEmbeddedPostgres({
    dataDir: folder,
    databases: [],
    settings: { ...SETTINGS, ...settings },
    log: say,
  });
  const server = await starting;
  lent = lend(server.url('postgres'), server.pid);
  return { ...lent, leave };
}

function lend(url: string, pid: number | undefined): BenchPostgres {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // Without a listener, a connection that is lost while nobody uses it would end the bench.
  pool.on('error', () => undefined);
  const made = new Map<string, string>();
  const dropDatabase = async (databaseUrl: string): Promise<void> => {
    await pool.query(`DROP DATABASE IF EXISTS ${made.get(databaseUrl) ?? ''} WITH (FORCE)`);
    made.delete(databaseUrl);
  };
  return {
    async createDatabase(purpose) {
      const name = `bench_${purpose}_${randomBytes(4).toString('hex')}`;
      await pool.query(`CREATE DATABASE ${name}`);
      const databaseUrl = new URL(url);
      databaseUrl.pathname = name;
      made.set(databaseUrl.href, name);
      return databaseUrl.href;
    },
    dropDatabase,
    async checkpoint() {
      await pool.query('CHECKPOINT');
    },
    async setting(name) {
      const { rows } = await pool.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
      return rows[0]?.value ?? '';
    },
    cpuSeconds: async () => (pid === undefined ? undefined : postgresCpu(pid)),
    async leave() {
      for (const databaseUrl of [...made.keys()]) await dropDatabase(databaseUrl);
      await pool.end();
    },
  };
}

/** Does now what autovacuum and the checkpointer would do later, in the middle of a measurement. */
export async function vacuum(databaseUrls: readonly string[]): Promise<void> {
  for (const connectionString of databaseUrls) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      await client.query('VACUUM (ANALYZE)');
      await client.query('CHECKPOINT');
    } finally {
      await client.end();
    }
  }
}

/** `vacuum` for all databases of a service that runs its embedded server in `dataDir`. */
export async function vacuumEmbedded(dataDir: string): Promise<void> {
  const server = await joinEmbeddedPostgres({ dataDir, databases: [], log: () => undefined });
  const client = new pg.Client({ connectionString: server.url('postgres') });
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>(DATABASES);
    await vacuum(rows.map(({ name }) => server.url(name)));
  } finally {
    await client.end();
    await server.leave();
  }
}
