import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/event-sourcing/embedded-postgres/embedded-postgres.js';
import { findPostgresBinaries } from '../../src/event-sourcing/embedded-postgres/postgres-binaries.js';
import { serverUser } from '../../src/event-sourcing/embedded-postgres/postgres-user.js';
import { surroundings } from '../../src/event-sourcing/embedded-postgres/run-program.js';
import { inTime } from '../lifecycle/conditions.js';
import { withClient } from '../lifecycle/embedded-database.js';
import { freePort } from './free-port.js';

const START_MS = 60_000;

/** Settings of a server, by name. */
export type ServerSettings = Readonly<Record<string, string | number>>;

const DEFAULTS: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 250,
  max_wal_size: '1GB',
  // A standby that was stopped for a while can still follow.
  wal_keep_size: '256MB',
  jit: 'off',
};

/** A PostgreSQL server of a test's own. It has one address, however often it is started. */
export class PostgresServer {
  private server: ChildProcess | undefined;

  /**
   * @param cluster folder of an existing cluster; the log is beside it
   * @param port of the server, on the loopback address
   * @param password of the superuser
   * @param settings on top of the defaults above; they may be changed between two starts
   */
  private constructor(
    readonly cluster: string,
    readonly port: number,
    readonly password: string,
    public settings: ServerSettings,
  ) {}

  /**
   * Makes a cluster with these databases and starts its server.
   * @param dataDir a folder that every user can pass, for the cluster and the log
   */
  static async create(
    dataDir: string,
    databases: readonly string[],
    settings: ServerSettings = {},
  ): Promise<PostgresServer> {
    const maker = await startEmbeddedPostgres({ dataDir, databases, log: () => undefined });
    await maker.stop();
    const server = await PostgresServer.of(join(dataDir, 'postgres'), settings);
    await server.start();
    return server;
  }

  /** A server for a cluster that no server runs on. It gets a free port, and is not started. */
  static async of(cluster: string, settings: ServerSettings = {}): Promise<PostgresServer> {
    const password = await readFile(join(cluster, 'postgres.password'), 'utf8');
    return new PostgresServer(cluster, await freePort(), password, settings);
  }

  /** The URL of a database, with the credentials of the superuser. */
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

  /** Starts the server; resolves when it answers. */
  async start(): Promise<void> {
    const { postgres } = await findPostgresBinaries();
    const parameters = Object.entries({ ...DEFAULTS, port: this.port, ...this.settings }).flatMap(
      ([name, value]) => ['-c', `${name}=${value}`],
    );
    const logFile = join(dirname(this.cluster), 'postgres.log');
    const log = await open(logFile, 'a');
    const server = spawn(postgres, ['-D', this.cluster, ...parameters], {
      ...surroundings(await serverUser(this.cluster)),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    this.server = server;
    await log.close();
    await inTime(START_MS, 'PostgreSQL to answer', async () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended: see ${logFile}`);
      return this.query('SELECT').then(
        () => true,
        () => false, // it starts, or recovers
      );
    });
  }

  /** Ends all its processes at once by SIGKILL, as a power cut would, except that the memory of the system survives. */
  async kill(): Promise<void> {
    const { pid } = this.running;
    const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
    const ended = this.end('SIGKILL');
    for (const child of children.split(' ').filter(Boolean)) endProcess(Number(child));
    await ended;
  }

  /** Ends it without a checkpoint (SIGQUIT) and starts it again; resolves when it answers. */
  async crash(): Promise<void> {
    await this.end('SIGQUIT');
    await this.start();
  }

  /** Stops it if it runs. Its connections are ended. */
  async stop(): Promise<void> {
    if (this.server?.exitCode === null && this.server.signalCode === null) await this.end('SIGINT');
  }

  private get running(): ChildProcess {
    if (!this.server) throw new Error('The server was not started.');
    return this.server;
  }

  private async end(signal: 'SIGQUIT' | 'SIGINT' | 'SIGKILL'): Promise<void> {
    const ended = once(this.running, 'exit');
    this.running.kill(signal);
    await ended;
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
