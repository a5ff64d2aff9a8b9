import { setTimeout as pause } from 'node:timers/promises';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { EventLog, SettledLog, migrate } from '../../src/event-sourcing/index.js';
import type { BenchContext } from '../support/bench.js';
import { countingCpu, perCall } from '../support/cpu.js';
import { openLog } from '../support/event-log.js';
import type { BenchPostgres } from '../support/postgres.js';
import { inRounds } from '../support/rounds.js';
import { withServiceInside } from '../support/service-inside.js';
import { middle, table, withSpread } from '../support/table.js';
import { fillWithCarts } from './idle-carts.js';

const TIMERS = 10_000;
const NAME = '10,000 at once';
const DAY_MS = 24 * 60 * 60 * 1_000;
/** In which the carts are stored, the service starts and its saga sets all timers. */
const LEAD_MS = 20_000;
const PATIENCE_MS = 120_000;

/** What became of timers that were due at one moment. Seconds from that moment on. */
interface Firing {
  readonly half: number;
  readonly all: number;
  /** Microseconds of processor time a timer. */
  readonly nodeCpu: number;
  readonly postgresCpu: number;
}

/** How long it takes until the effects of 10,000 timers that are due at one moment are in the log. */
export async function timersBench({ server, rounds, say }: BenchContext): Promise<string> {
  const results = await inRounds([{ name: NAME, measure: () => fire(server) }], rounds, say);
  const runs = results.get(NAME) ?? [];
  const row = [
    NAME,
    withSpread(
      runs.map(({ half }) => half),
      2,
    ),
    withSpread(
      runs.map(({ all }) => all),
      2,
    ),
    middle(runs.map(({ nodeCpu }) => nodeCpu)),
    middle(runs.map(({ postgresCpu }) => postgresCpu)),
  ];
  const headings = [
    'idle carts abandoned',
    'half, s (min-max)',
    'all, s (min-max)',
    'Node µs',
    'PostgreSQL µs',
  ];
  return `Timers of 24 h that are due at one moment, until what they did is on disk and settled\n\n${table(headings, [row])}`;
}

async function fire(server: BenchPostgres): Promise<Firing> {
  const databases = {
    command: await server.createDatabase('timers'),
    query: await server.createDatabase('views'),
  };
  try {
    await migrate(commandDataSource(databases.command));
    const dueAt = Date.now() + LEAD_MS;
    const log = openLog(databases.command);
    await fillWithCarts(log, TIMERS, new Date(dueAt - DAY_MS));
    await log.close();
    return await withServiceInside(databases, {}, async (app) => {
      const inside = app.get(EventLog);
      await until(
        async () => (await count(inside, 'SELECT count(*)::int AS count FROM durable_command')) === TIMERS,
        dueAt,
      );
      const firings = firingsIn(app.get(SettledLog));
      await pause(dueAt - Date.now());
      const [[half, all], cpu] = await countingCpu(server, () => firings);
      // The saga hears of what it has led to, and notes that its commands were run.
      await until(
        async () => (await count(inside, 'SELECT count(*)::int AS count FROM durable_command')) === 0,
        Date.now() + PATIENCE_MS,
      );
      const carts = await count(
        inside,
        `SELECT count(DISTINCT stream)::int AS count FROM event_log WHERE type = 'cart.abandoned'`,
      );
      if (carts !== TIMERS) throw new Error(`${carts} carts were abandoned instead of ${TIMERS}.`);
      const { node, postgres } = perCall(cpu, TIMERS);
      const seconds = (at: number): number => (at - dueAt) / 1_000;
      return { half: seconds(half), all: seconds(all), nodeCpu: node, postgresCpu: postgres };
    });
  } finally {
    await Promise.all(Object.values(databases).map((url) => server.dropDatabase(url)));
  }
}

/** Resolves to when half of the carts were abandoned, and when all were, in milliseconds as `Date.now()` has them. */
function firingsIn(settled: SettledLog): Promise<readonly [half: number, all: number]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Only ${fired} timers had fired after ${PATIENCE_MS / 1_000} s.`));
    }, LEAD_MS + PATIENCE_MS);
    let fired = 0;
    let half = 0;
    const unsubscribe = settled.onSettled(({ event }) => {
      if (event.type !== 'cart.abandoned') return;
      fired += 1;
      if (fired === TIMERS / 2) half = Date.now();
      if (fired < TIMERS) return;
      clearTimeout(timer);
      unsubscribe();
      resolve([half, Date.now()]);
    });
  });
}

async function count(log: EventLog, statement: string): Promise<number> {
  const { rows } = await log.query<{ count: number }>(statement, []);
  return rows[0]?.count ?? 0;
}

/** @throws Error when it has not come to be by a time of `Date.now()` */
async function until(isThere: () => Promise<boolean>, deadline: number): Promise<void> {
  while (!(await isThere())) {
    if (Date.now() > deadline) throw new Error('The timers were not set, or not cleared, in time.');
    await pause(100);
  }
}
