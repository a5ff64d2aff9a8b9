import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import type { BenchContext } from '../support/bench.js';
import { openLog } from '../support/event-log.js';
import { inRounds, type Contestant } from '../support/rounds.js';
import { middle, table, withSpread } from '../support/table.js';
import { catchUp, PROJECTIONS, type CatchUp } from './catch-up.js';
import { fillLog } from './fill-log.js';

const EVENTS = 200_000;

/** How fast views are built from a full log. */
export async function projectionBench({ server, rounds, say }: BenchContext): Promise<string> {
  const url = await server.createDatabase('log');
  await migrate(commandDataSource(url));
  const log = openLog(url);
  try {
    say(`filling a log with ${EVENTS} cart events`);
    const filling = await fillLog(log, EVENTS);
    // What the server would do some time later, and in the middle of a measurement.
    await log.query('VACUUM (ANALYZE, FREEZE) event_log', []);
    const contestant = (which: keyof typeof PROJECTIONS): Contestant<CatchUp> => ({
      name: which,
      measure: async () => {
        const views = await server.createDatabase('views');
        await server.checkpoint();
        try {
          return await catchUp(server, log, views, which, filling);
        } finally {
          await server.dropDatabase(views);
        }
      },
    });
    const results = await inRounds([contestant('carts'), contestant('all')], rounds, say);
    const rows = [...results].map(([name, runs]) => [
      name,
      withSpread(runs.map(({ rate }) => rate)),
      middle(runs.map(({ nodeCpu }) => nodeCpu)),
      middle(runs.map(({ postgresCpu }) => postgresCpu)),
    ]);
    const { carts, cartEvents } = filling;
    const what = `${cartEvents} events of ${carts} carts, ${(cartEvents / carts).toFixed(1)} a cart, many carts at a time`;
    return `Catch-up from zero: ${what}\n\n${table(['projections', 'events/s (min-max)', 'Node µs', 'PostgreSQL µs'], rows)}`;
  } finally {
    await log.close();
  }
}
