import { setTimeout as pause } from 'node:timers/promises';
import { get, withConnections } from '../http/http-connection.js';
import { BuiltService } from '../http/built-service.js';
import { untilViewsAreCurrent } from '../http/views.js';
import type { FullLog } from '../projection/full-log.js';
import type { BenchContext } from '../support/bench.js';

const POLL_MS = 5;
const PATIENCE_MS = 120_000;

/**
 * Lends the service on a full log, with current views, to `work`. What it is given restarts the service while PostgreSQL
 * runs, and resolves to the seconds from the start of the process to the first 200 of `/health/ready`.
 */
export async function withStarts(
  { server, cleanup }: BenchContext,
  log: FullLog,
  work: (measure: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const databases = { command: log.url, query: await server.createDatabase('views') };
  const service = await BuiltService.start(cleanup, { checkout: '.', databases });
  try {
    await untilViewsAreCurrent(service.origin);
    await work(async () => {
      await service.stop();
      const startedAt = performance.now();
      await service.run();
      await untilReady(service.origin, startedAt + PATIENCE_MS);
      return (performance.now() - startedAt) / 1_000;
    });
  } finally {
    await service.remove();
  }
}

async function untilReady(origin: string, deadline: number): Promise<void> {
  await withConnections(origin, 1, async ([connection]) => {
    while ((await connection?.exchange(get('/health/ready')))?.status !== 200) {
      if (performance.now() > deadline) throw new Error('The service did not become ready.');
      await pause(POLL_MS);
    }
  });
}
