import { readdir, readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second. */
const TICKS_A_SECOND = 100;

/**
 * Processor time that a PostgreSQL server has used so far, in seconds: all its processes, including those that
 * have ended.
 * @returns undefined where the system does not tell (there is no `/proc`)
 */
export async function postgresCpu(postmaster: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => statOf(Number(pid))));
  let ticks = 0;
  for (const { pid, parent, own, children } of stats.flatMap((stat) => stat ?? [])) {
    if (pid === postmaster) ticks += own + children;
    else if (parent === postmaster) ticks += own;
  }
  return ticks / TICKS_A_SECOND;
}

/**
 * Processor time that one process has used so far, in seconds, with all its threads.
 * @returns undefined where the system does not tell (there is no `/proc`)
 */
export async function processCpu(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stat = await statOf(pid);
  return stat && stat.own / TICKS_A_SECOND;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly own: number;
  readonly children: number;
}

/** @returns undefined for a process that has ended */
async function statOf(pid: number): Promise<Stat | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return undefined;
  // Behind the name, which is in parentheses and may hold anything: state, parent, …; see proc_pid_stat(5).
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number): number => fields[field - 3] ?? 0;
  return { pid, parent: at(4), own: at(14) + at(15), children: at(16) + at(17) };
}
