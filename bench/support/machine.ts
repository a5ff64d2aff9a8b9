import { availableParallelism, cpus, loadavg } from 'node:os';
import type { BenchPostgres } from './postgres.js';

/** One line on what the figures were measured on, with how busy it has been in the last minute. */
export async function machineLine(server: BenchPostgres): Promise<string> {
  const settings = ['server_version', 'fsync', 'synchronous_commit', 'wal_sync_method'] as const;
  const [version, fsync, commit, sync] = await Promise.all(settings.map((name) => server.setting(name)));
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    `${availableParallelism()} cores (${model}), shared by all processes, load ${load()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${version ?? '?'}: fsync ${fsync ?? '?'} by ${sync ?? '?'}, synchronous_commit ${commit ?? '?'}`,
  ].join(' | ');
}

/** Processes that wanted to run at the same time, on average over the last minute. */
export function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '?';
}
