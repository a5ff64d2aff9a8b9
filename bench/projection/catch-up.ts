import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { get, withConnections } from '../http/http-connection.js';
import { ADMIN } from '../http/shop.js';
import type { BenchContext } from '../support/bench.js';
import { processCpu } from '../support/processor-time.js';
import { withService, type FullLog } from './full-log.js';

const POLL_MS = 10;
const PATIENCE_MS = 1_800_000;

/** What a catch-up came to. */
export interface CatchUp {
  /** Events of the log a second that all views of carts took in, from their first checkpoint to their last. */
  readonly rate: number;
  /** Microseconds of processor time an event, from the service's start on; that of all its views. */
  readonly service: number;
  readonly postgres: number;
}

/** How far the views of carts are: all of them at least up to a position, at a time in milliseconds. */
interface Look {
  readonly position: number;
  readonly at: number;
}

/**
 * Starts the service of a checkout without views, and measures how fast those of carts come up to the end of the log.
 * @throws Error when a cart of the list is not at the version that the log has
 */
export async function catchUp(context: BenchContext, checkout: string, log: FullLog): Promise<CatchUp> {
  const { server } = context;
  await server.checkpoint();
  const head = await headOf(log);
  const before = (await server.cpuSeconds()) ?? NaN;
  return withService(context, checkout, log.url, async (service, query) => {
    const [first, last] = await watch(query, head);
    const micros = 1e6 / log.cartEvents;
    const postgres = (((await server.cpuSeconds()) ?? NaN) - before) * micros;
    const cpu = ((await processCpu(service.pid)) ?? NaN) * micros;
    await verify(service.origin, log);
    return { rate: rateOf(first, last, log.cartEvents / head), service: cpu, postgres };
  });
}

/**
 * @param share of the positions that are events of carts
 * @returns NaN when the first look has seen the end already
 */
export function rateOf(first: Look, last: Look, share: number): number {
  return ((last.position - first.position) / (last.at - first.at)) * share * 1_000;
}

/** Compares a page of the list, which comes from the view, with the log. */
async function verify(origin: string, { url }: FullLog): Promise<void> {
  const list = await withConnections(origin, 1, async ([connection]) =>
    connection?.send(get('/v1/carts', ADMIN)),
  );
  const { carts } = JSON.parse(list?.body ?? '') as { carts: { id: string; version: number }[] };
  const versions = await withPool(url, async (pool) => {
    const { rows } = await pool.query<{ stream: string; version: number }>(
      'SELECT stream, max(version) AS version FROM event_log WHERE stream = ANY ($1) GROUP BY stream',
      [carts.map(({ id }) => `cart-${id}`)],
    );
    return new Map(rows.map(({ stream, version }) => [stream, version]));
  });
  const wrong = carts.find(({ id, version }) => versions.get(`cart-${id}`) !== version);
  if (carts.length === 0) throw new Error('The view of carts is empty after it has caught up.');
  if (wrong) {
    const stored = versions.get(`cart-${wrong.id}`) ?? 0;
    throw new Error(`Cart ${wrong.id} is at version ${wrong.version} in the view, at ${stored} in the log.`);
  }
}

async function headOf({ url }: FullLog): Promise<number> {
  return withPool(url, async (pool) => {
    const { rows } = await pool.query<{ head: number }>(
      'SELECT max(position)::float8 AS head FROM event_log',
    );
    return rows[0]?.head ?? 0;
  });
}

async function watch(queryUrl: string, head: number): Promise<readonly [first: Look, last: Look]> {
  return withPool(queryUrl, async (pool) => {
    const deadline = performance.now() + PATIENCE_MS;
    let first: Look | undefined;
    while (performance.now() < deadline) {
      const { rows } = await pool.query<{ position: number | null }>(
        `SELECT min(position)::float8 AS position FROM checkpoint WHERE name LIKE 'cart%'`,
      );
      const look = { position: rows[0]?.position ?? 0, at: performance.now() };
      if (look.position > 0) first ??= look;
      if (first !== undefined && look.position >= head) return [first, look];
      await pause(POLL_MS);
    }
    throw new Error(`The views of carts did not catch up within ${PATIENCE_MS / 1_000} s.`);
  });
}

async function withPool<T>(connectionString: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString, max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
