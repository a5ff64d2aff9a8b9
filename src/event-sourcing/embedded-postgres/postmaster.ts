import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres.errors.js';
import { runProgram } from './run-program.js';

/** The server fills its lock file much sooner than this after creating it. */
const EMPTY_FOR_A_MOMENT_MS = 2_000;

/** A server that runs on a cluster, by its lock file: the process id of the postmaster, and its TCP port. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * Finds the server that runs on this cluster. A lock file that names a process which is none of PostgreSQL's is
 * removed: process ids come round again, in containers at once, and PostgreSQL itself would refuse to start beside
 * such a file.
 * @returns undefined when no server runs, or none that can be recognised
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lockFile = join(cluster, 'postmaster.pid');
  const content = await readIfThere(lockFile);
  if (content === undefined) return undefined;
  // Documented order: process id, data folder, start time, port, …
  const [pid, , , port] = content.split('\n').map(Number);
  if (pid === undefined || !(pid > 0)) {
    // It is empty for a moment while it is created, and stays empty if the machine lost power at that moment.
    if (await staysEmpty(lockFile)) await rm(lockFile, { force: true });
    return undefined;
  }
  const identity = await identify(pid, cluster);
  if (identity === 'server' && port !== undefined && port > 0) return { pid, port };
  if (identity === 'stranger' && (await readIfThere(lockFile)) === content)
    await rm(lockFile, { force: true });
  return undefined;
}

/** Whether the server has bound its port. Until then another program may answer there. */
export async function listens(pid: number, cluster: string): Promise<boolean> {
  const lines = (await readIfThere(join(cluster, 'postmaster.pid')))?.split('\n') ?? [];
  // The sixth line, its address, is added when the port is bound.
  return lines[0] === String(pid) && (lines[5] ?? '').trim() !== '';
}

/** Whether the process is the server on this cluster. Process ids are reused, so check before every signal. */
export async function serves(pid: number, cluster: string): Promise<boolean> {
  return (await identify(pid, cluster)) === 'server';
}

/**
 * Stops the server: fast shutdown, and an immediate one where that takes too long (the log is replayed at the next
 * start then; nothing is lost either way). Resolves when the process has gone.
 * @throws EmbeddedPostgresError when it does not go
 */
export async function stopPostmaster(pid: number, cluster: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!(await serves(pid, cluster))) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
    const patience = performance.now() + 8000;
    while (performance.now() < patience) {
      if (!(await serves(pid, cluster))) return;
      await sleep(10);
    }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL (process ${pid}) does not stop: see its log, and end it with "kill ${pid}"`,
  );
}

/** `unclear`: a PostgreSQL that does not tell its folder. */
type Identity = 'server' | 'unclear' | 'stranger' | 'nobody';

async function identify(pid: number, cluster: string): Promise<Identity> {
  const words = await commandLine(pid, cluster);
  if (words === undefined) return 'nobody';
  if (words.includes(`-D\0${cluster}\0`)) return 'server';
  const isPostgres = /^[^\0]*\bpostgres(\.exe)?\0/.test(words);
  return isPostgres && !words.includes('\0-D\0/') ? 'unclear' : 'stranger';
}

/** The words that the process was started with, each ended by a NUL; undefined when there is no such process. */
async function commandLine(pid: number, cluster: string): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const words = await readIfThere(`/proc/${pid}/cmdline`);
    // A process that has ended and was not waited for has no command line.
    return words === '' ? undefined : words;
  }
  if (process.platform === 'win32') {
    // On Windows the command line is expensive to read; the answers of the server decide there.
    return canSignal(pid) ? `postgres.exe\0-D\0${cluster}\0` : undefined;
  }
  const { output, reason } = await runProgram('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  if (reason !== undefined) return undefined;
  // Words are separated by blanks only, so the pattern is built in the same way.
  return `${output.trim()} `.replaceAll(` -D ${cluster} `, ` -D\0${cluster}\0`).replaceAll(/ (?=-)/g, '\0');
}

function canSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // A process that ends during the read is reported as ESRCH.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** Waits and reads again. The time of the file cannot be compared with a clock that may have been set since. */
async function staysEmpty(lockFile: string): Promise<boolean> {
  await sleep(EMPTY_FOR_A_MOMENT_MS);
  const [pid] = (await readIfThere(lockFile))?.split('\n') ?? ['gone'];
  return pid?.trim() === '';
}
