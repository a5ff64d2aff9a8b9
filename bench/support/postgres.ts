import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import { postgresCpu } from './processor-time.js';

/** A PostgreSQL server to make databases on. */
export interface BenchPostgres {
  /** Makes an empty database and returns its URL. */
  createDatabase(purpose: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** Writes all that is in memory to disk, so that measurements start from like to like. */
  checkpoint(): Promise<void>;
  /** A setting, as `SHOW` tells it. */
  setting(name: string): Promise<string>;
  /** Processor time that the server has used so far, in seconds; undefined where that cannot be told. */
  cpuSeconds(): Promise<number | undefined>;
}

const SETTINGS = { max_connections: '200' };

/**
 * Lends a server to `work`: the one at `url`, or without it an embedded one in a temporary folder. What was made
 * on it is removed afterwards, also when `work` fails.
 */
export async function withPostgres<T>(
  url: string | undefined,
  say: (line: string) => void,
  work: (server: BenchPostgres) => Promise<T>,
): Promise<T> {
  return url === undefined ? withEmbedded({}, say, work) : lend(url, undefined, work);
}

/**
 * Lends an embedded server to `work`.
 * @param settings on top of those that the service starts its embedded server with
 */
export async function withEmbedded<T>(
  settings: Readonly<Record<string, string>>,
  say: (line: string) => void,
  work: (server: BenchPostgres) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cartwright-bench-'));
  try {
    // Where root starts it, PostgreSQL's own user has to pass.
    await chmod(folder, 0o711);
    const server = await startEmbeddedPostgres({
      dataDir: folder,
      databases: [],
      settings: { ...SETTINGS, ...settings },
      log: say,
    });
    try {
      return await lend(server.url('postgres'), server.pid, work);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function lend<T>(
  url: string,
  pid: number | undefined,
  work: (server: BenchPostgres) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const made = new Map<string, string>();
  const drop = async (databaseUrl: string): Promise<void> => {
    await pool.query(`DROP DATABASE IF EXISTS ${made.get(databaseUrl) ?? ''} WITH (FORCE)`);
    made.delete(databaseUrl);
  };
  try {
    return await work({
      async createDatabase(purpose) {
        const name = `bench_${purpose}_${randomBytes(4).toString('hex')}`;
        await pool.query(`CREATE DATABASE ${name}`);
        const databaseUrl = new URL(url);
        databaseUrl.pathname = name;
        made.set(databaseUrl.href, name);
        return databaseUrl.href;
      },
      dropDatabase: drop,
      async checkpoint() {
        await pool.query('CHECKPOINT');
      },
      async setting(name) {
        const { rows } = await pool.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
        return rows[0]?.value ?? '';
      },
      cpuSeconds: async () => (pid === undefined ? undefined : postgresCpu(pid)),
    });
  } finally {
    for (const databaseUrl of [...made.keys()]) await drop(databaseUrl);
    await pool.end();
  }
}
