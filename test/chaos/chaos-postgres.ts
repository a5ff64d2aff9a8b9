import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import { findPostgresBinaries } from '../../src/event-sourcing/embedded-postgres/postgres-binaries.js';
import { serverUser } from '../../src/event-sourcing/embedded-postgres/postgres-user.js';
import { surroundings } from '../../src/event-sourcing/embedded-postgres/run-program.js';
import { inTime } from '../lifecycle/conditions.js';
import { withClient } from '../lifecycle/embedded-database.js';

const START_MS = 60_000;
/** Below what systems give to outgoing connections: a service that looks for its server must not find itself, nor take the port. */
const PORTS = { least: 15_000, most: 30_000 };

/** A PostgreSQL of the run's own, at one address however often it is started. */
export class ChaosPostgres {
  private server: ChildProcess | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly port: number,
    private readonly password: string,
  ) {}

  /** Makes a cluster with these databases in a folder that every user can pass, and starts it. */
  static async create(dataDir: string, databases: readonly string[]): Promise<ChaosPostgres> {
    const maker = await startEmbeddedPostgres({ dataDir, databases, log: () => undefined });
    await maker.stop();
    const password = await readFile(join(dataDir, 'postgres', 'postgres.password'), 'utf8');
    const postgres = new ChaosPostgres(dataDir, await freePort(), password);
    await postgres.start();
    return postgres;
  }

  url(database: string): string {
    return `postgres://postgres:${encodeURIComponent(this.password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Runs one statement as the superuser, in the database `postgres` unless another is named. */
  async query<Row extends object>(
    text: string,
    values: unknown[] = [],
    database = 'postgres',
  ): Promise<Row[]> {
    return withClient(this.url(database), async (client) => (await client.query<Row>(text, values)).rows);
  }

  /** Ends it as a power cut would, but for the memory of the system, and starts it anew; resolves when it answers. */
  async crash(): Promise<void> {
    await this.end('SIGQUIT');
    await this.start();
  }

  async stop(): Promise<void> {
    if (this.server?.exitCode === null) await this.end('SIGINT');
  }

  private async start(): Promise<void> {
    const cluster = join(this.dataDir, 'postgres');
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: '',
      max_connections: 250,
      max_wal_size: '1GB',
      jit: 'off',
    };
    const { postgres } = await findPostgresBinaries();
    const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = await open(join(this.dataDir, 'postgres.log'), 'a');
    const server = spawn(postgres, ['-D', cluster, ...parameters], {
      ...surroundings(await serverUser(cluster)),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    this.server = server;
    await log.close();
    await inTime(START_MS, 'PostgreSQL to answer', async () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended: see ${this.dataDir}/postgres.log`);
      return this.query('SELECT').then(
        () => true,
        () => false, // it starts, or recovers
      );
    });
  }

  private async end(signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
    if (!this.server) throw new Error('It was not started.');
    const ended = once(this.server, 'exit');
    this.server.kill(signal);
    await ended;
  }
}

async function freePort(): Promise<number> {
  const span = PORTS.most - PORTS.least;
  for (let port = PORTS.least + (process.pid % span); ; port = PORTS.least + ((port + 1) % span)) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server
        .once('error', () => {
          resolve(false);
        })
        .listen(port, '127.0.0.1', () => {
          resolve(true);
        });
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
