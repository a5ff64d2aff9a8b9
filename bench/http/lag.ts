import pg from 'pg';
import type { BenchContext } from '../support/bench.js';
import type { BenchProcess } from '../support/bench-process.js';
import { startPostgres } from '../support/postgres.js';
import { quantile } from '../support/statistics.js';
import { BuiltService } from './built-service.js';
import type { Load, LoadResult } from './load-generator.js';
import { addRequest, importProducts, openCarts, SKUS } from './shop.js';
import { untilViewsAreCurrent } from './views.js';

const RATE = 1_000;
const CONNECTIONS = 64;
const CARTS = 500;
const WARM_UP_MS = 4_000;

/** Notes each move of the checkpoint of a projection of carts, in the transaction that writes the view. */
const WATCH_CHECKPOINTS = `
  CREATE TABLE bench_progress (name text NOT NULL, position bigint NOT NULL);
  CREATE FUNCTION bench_note_progress() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO bench_progress VALUES (NEW.name, NEW.position);
    RETURN NULL;
  END $$;
  CREATE TRIGGER bench_progress AFTER UPDATE ON checkpoint FOR EACH ROW WHEN (NEW.name LIKE 'cart%')
  EXECUTE FUNCTION bench_note_progress()`;

const COMMIT_MS = 'extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000';

/** A position, and the time of its transaction's commit record in milliseconds. */
interface Commit {
  readonly position: number;
  readonly at: number;
}

/** What was measured in one stretch of load, in milliseconds. */
export interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly events: number;
  /** From when a request was due to its answer. */
  readonly answerP99: number;
}

/**
 * How far the views of carts are behind the log under 1,000 adds a second: the time from the commit of each event
 * to the commit of the last view that holds it, both by the clock of the one server that has both databases. Every
 * event counts.
 * @returns one result a round
 */
export async function measureLag(
  { cleanup, rounds, say }: BenchContext,
  generator: BenchProcess,
  durationMs: number,
): Promise<Lag[]> {
  // The other servers do without, since it is not the default.
  const server = await startPostgres(cleanup, say, { track_commit_timestamp: 'on' });
  try {
    const databases = {
      command: await server.createDatabase('command'),
      query: await server.createDatabase('query'),
    };
    const service = await BuiltService.start(cleanup, { checkout: '.', databases });
    try {
      await importProducts(service.origin);
      const load = await loadOn(service.origin);
      await generator.ask<LoadResult>({ ...load, durationMs: WARM_UP_MS });
      await untilViewsAreCurrent(service.origin);
      const lags: Lag[] = [];
      await watchingCheckpoints(databases, async (lookBack) => {
        while (lags.length < rounds) {
          say(`lag: round ${lags.length + 1} of ${rounds}`);
          lags.push(
            await lookBack(async () => {
              const { p99 } = await generator.ask<LoadResult>({ ...load, durationMs });
              await untilViewsAreCurrent(service.origin);
              return p99;
            }),
          );
        }
      });
      return lags;
    } finally {
      await service.remove();
    }
  } finally {
    await server.leave();
  }
}

/** Resolves to how far the views were behind while `load` ran; `load` resolves to the p99 of its answers. */
type LookBack = (load: () => Promise<number>) => Promise<Lag>;

async function watchingCheckpoints(
  databases: { readonly command: string; readonly query: string },
  work: (lookBack: LookBack) => Promise<void>,
): Promise<void> {
  const command = new pg.Pool({ connectionString: databases.command, max: 1 });
  const query = new pg.Pool({ connectionString: databases.query, max: 1 });
  try {
    await query.query(WATCH_CHECKPOINTS);
    await work(async (load) => {
      const head = await headOf(command);
      const answerP99 = await load();
      const events = await commits(command, `event_log WHERE position > ${head}`);
      const lag = lagOf(events, await viewsOf(query), answerP99);
      await query.query('TRUNCATE bench_progress');
      return lag;
    });
  } finally {
    await Promise.all([command.end(), query.end()]);
  }
}

async function headOf(command: pg.Pool): Promise<number> {
  const { rows } = await command.query<{ head: number }>(
    'SELECT coalesce(max(position), 0)::float8 AS head FROM event_log',
  );
  return rows[0]?.head ?? 0;
}

async function loadOn(origin: string): Promise<Omit<Load, 'durationMs'>> {
  const carts = await openCarts(origin, CARTS);
  const calls = SKUS.slice(0, 10).flatMap((sku) => carts.map((cart) => [addRequest(cart, sku)]));
  return { origin, calls, connections: CONNECTIONS, rate: RATE };
}

async function commits(pool: pg.Pool, from: string): Promise<Commit[]> {
  const { rows } = await pool.query<Commit>(
    `SELECT position::float8, ${COMMIT_MS} AS at FROM ${from} ORDER BY 1`,
  );
  return rows;
}

async function viewsOf(query: pg.Pool): Promise<Commit[][]> {
  const { rows } = await query.query<{ name: string }>('SELECT DISTINCT name FROM bench_progress');
  return Promise.all(rows.map(({ name }) => commits(query, `bench_progress WHERE name = '${name}'`)));
}

/** @throws Error when there is no view, or an event never reached one */
export function lagOf(
  events: readonly Commit[],
  views: readonly (readonly Commit[])[],
  answerP99: number,
): Lag {
  if (views.length === 0) throw new Error('No view of carts has moved its checkpoint.');
  const next = views.map(() => 0);
  const values = events.map(({ position, at }) => {
    const times = views.map((view, index) => {
      let seen = next[index] ?? 0;
      while ((view[seen]?.position ?? Infinity) < position) seen += 1;
      next[index] = seen;
      const commit = view[seen];
      if (commit === undefined) throw new Error(`A view never came to position ${position}.`);
      return commit.at;
    });
    return Math.max(...times) - at;
  });
  const sorted = Float64Array.from(values).sort();
  const [p50 = NaN, p99 = NaN, max = NaN] = [0.5, 0.99, 1].map((share) => quantile(sorted, share));
  return { p50, p99, max, events: values.length, answerP99 };
}
