import type { BenchPostgres } from './postgres.js';

/** Processor time that something took, in seconds. It tells more than the clock on a machine that others use too. */
export interface Cpu {
  /** Of this process. */
  readonly node: number;
  /** Of PostgreSQL, all of its processes; undefined where that cannot be told. */
  readonly postgres: number | undefined;
}

/** Runs `work` and sees how much processor time goes by. */
export async function countingCpu<T>(server: BenchPostgres, work: () => Promise<T>): Promise<[T, Cpu]> {
  const postgresBefore = await server.cpuSeconds();
  const nodeBefore = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(nodeBefore);
  const postgresAfter = await server.cpuSeconds();
  const known = postgresBefore !== undefined && postgresAfter !== undefined;
  return [
    result,
    { node: (user + system) / 1e6, postgres: known ? postgresAfter - postgresBefore : undefined },
  ];
}

/** Microseconds a call: this process' and PostgreSQL's. */
export function perCall({ node, postgres }: Cpu, calls: number): { node: number; postgres: number } {
  return { node: (node * 1e6) / calls, postgres: ((postgres ?? Number.NaN) * 1e6) / calls };
}
