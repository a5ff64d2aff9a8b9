import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EmbeddedPostgresError, hasCode, reasonOf } from './embedded-postgres.errors.js';

const WORKSHOP = /^postgres\.init-(\d+)-([0-9a-f]+)-/;
const thisRun = randomBytes(4).toString('hex');

/**
 * Creates dataDir if it does not exist.
 * @returns its path with all links resolved
 * @throws EmbeddedPostgresError when it cannot be made
 */
export async function makeDataDir(dataDir: string): Promise<string> {
  try {
    const folder = resolve(dataDir);
    const firstMade = await mkdir(folder, { recursive: true });
    if (firstMade !== undefined && process.getuid?.() === 0) {
      // The umask of root may be strict, but the user of PostgreSQL has to enter the new folders.
      for (let made = folder; made.startsWith(firstMade); made = dirname(made)) await chmod(made, 0o711);
    }
    return await realpath(folder);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `dataDir ${dataDir} cannot be made (${reasonOf(error)}): set it to a writable folder`,
    );
  }
}

/** Creates a folder inside dataDir to build something in. When this process is gone, the next start removes it. */
export async function makeWorkshop(dataDir: string): Promise<string> {
  return mkdtemp(join(dataDir, `postgres.init-${process.pid}-${thisRun}-`));
}

/** Removes the build folders of processes that were killed during a first start. */
export async function removeLeftWorkshops(dataDir: string, log: (line: string) => void): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const [, pid, run] = WORKSHOP.exec(name) ?? [];
    if (pid === undefined) continue;
    const maker = Number(pid);
    // Another process may be at its first start here too. In containers a predecessor can have had the same process id.
    if (maker === process.pid ? run === thisRun : isAlive(maker)) continue;
    try {
      // An initdb whose parent was killed may still be writing, so removing is retried.
      await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 });
      log(`removed ${name}, which an interrupted first start had left behind`);
    } catch (error) {
      log(`${name} is left behind by an interrupted first start and cannot be removed (${reasonOf(error)})`);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Writes a new file that only its owner can read, and waits until it is on disk. */
export async function writeDurably(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until new and renamed entries of the folder are on disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and needs no such call.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
