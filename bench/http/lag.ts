import pg from 'pg';
import type { BenchContext } from '../support/bench.js';
import { quantile } from '../support/statistics.js';
import { table } from '../support/table.js';
import type { BenchProcess } from './child-process.js';
import type { Load, LoadResult } from './load-generator.js';
import type { BenchService } from './service.js';
import { openCarts, SKUS } from './shop.js';

const RATE = 1_000;
const DURATION_MS = 10_000;
const CONNECTIONS = 64;
const CARTS = 500;
const ITEMS_A_CART = 20;

/** Writes down each move of the checkpoint of `cart-details`, in the transaction that writes the view. */
const WATCH_CHECKPOINT = `
  CREATE TABLE bench_progress (position bigint NOT NULL);
  CREATE FUNCTION bench_note_progress() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO bench_progress VALUES (NEW.position);
    RETURN NULL;
  END $$;
  CREATE TRIGGER bench_progress AFTER UPDATE ON checkpoint FOR EACH ROW WHEN (NEW.name = 'cart-details')
  EXECUTE FUNCTION bench_note_progress()`;

const COMMIT_MS = 'extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000';

/** A position, and the time of its transaction's commit record in milliseconds. */
interface Commit {
  readonly position: number;
  readonly at: number;
}

/**
 * How far behind the log the view of carts is under an even load: the time from the commit of each event to the commit
 * of the view that holds it, both by the clock of the one server that has both databases. No event is left out, and
 * nobody polls.
 */
export async function lag(
  { server, say }: BenchContext,
  service: BenchService,
  generator: BenchProcess,
): Promise<string> {
  const title = `Lag of the view at ${RATE} adds/s for ${DURATION_MS / 1000} s`;
  if ((await server.setting('track_commit_timestamp')) !== 'on') {
    return `${title}: not measured, the server has track_commit_timestamp off.`;
  }
  say('lag');
  const command = new pg.Pool({ connectionString: service.databases.command, max: 1 });
  const query = new pg.Pool({ connectionString: service.databases.query, max: 1 });
  try {
    const carts = await service.withConnections(CONNECTIONS, (connections) => openCarts(connections, CARTS));
    await service.settle();
    await query.query(WATCH_CHECKPOINT);
    const { rows } = await command.query<{ top: number }>(
      'SELECT max(position)::float8 AS top FROM event_log',
    );
    const load: Load = {
      origin: service.origin,
      path: '/v1/carts',
      carts,
      skus: SKUS.slice(0, ITEMS_A_CART),
      minimal: true,
      connections: CONNECTIONS,
      durationMs: DURATION_MS,
      rate: RATE,
    };
    const result = await generator.ask<LoadResult>(load);
    await service.settle();
    const events = await commits(command, `event_log WHERE position > ${rows[0]?.top ?? 0}`);
    const views = await commits(query, 'bench_progress');
    return report(title, result, lags(events, views), views.length);
  } finally {
    await Promise.all([command.end(), query.end()]);
  }
}

async function commits(pool: pg.Pool, from: string): Promise<Commit[]> {
  const { rows } = await pool.query<Commit>(
    `SELECT position::float8, ${COMMIT_MS} AS at FROM ${from} ORDER BY 1`,
  );
  return rows;
}

/** @throws Error when an event never reached the view */
function lags(events: readonly Commit[], views: readonly Commit[]): Float64Array {
  let next = 0;
  const values = events.map(({ position, at }) => {
    while ((views[next]?.position ?? Infinity) < position) next += 1;
    const view = views[next];
    if (view === undefined) throw new Error(`The view never came to position ${position}.`);
    return view.at - at;
  });
  return Float64Array.from(values).sort();
}

function report(
  title: string,
  { rate, p50, p99, max }: LoadResult,
  lagMs: Float64Array,
  batches: number,
): string {
  const shown = (...values: readonly number[]): string[] => values.map((value) => value.toFixed(1));
  const lagRow = shown(quantile(lagMs, 0.5), quantile(lagMs, 0.99), quantile(lagMs, 1));
  return [
    title,
    table(
      ['ms', 'p50', 'p99', 'max'],
      [
        ['event committed to view committed', ...lagRow],
        ['request due to answer', ...shown(p50, p99, max)],
      ],
    ),
    `${lagMs.length} events at ${rate.toFixed(0)}/s in ${batches} writes of the view.`,
  ].join('\n');
}
