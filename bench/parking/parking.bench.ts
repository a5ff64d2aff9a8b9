import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import type { BenchContext } from '../support/bench.js';
import { fillLog } from '../projection/fill-log.js';
import { USUAL_CARTS } from '../projection/shopping.js';
import { openLog } from '../support/event-log.js';
import { inRounds, ratios } from '../support/rounds.js';
import { table, withSpread } from '../support/table.js';
import { hearBeside, NEIGHBOURS } from './neighbours.js';

const EVENTS = 100_000;

type Neighbour = keyof typeof NEIGHBOURS;

/** What a handler that always throws costs another one that hears of the same events. */
export async function parkingBench({ server, rounds, say }: BenchContext): Promise<string> {
  const url = await server.createDatabase('parking');
  await migrate(commandDataSource(url));
  const log = openLog(url);
  try {
    say(`filling a log with ${EVENTS} cart events`);
    const { carts, cartEvents } = await fillLog(log, EVENTS, USUAL_CARTS);
    await log.query('VACUUM (ANALYZE, FREEZE) event_log', []);
    const contestants = (Object.keys(NEIGHBOURS) as Neighbour[]).map((name) => ({
      name,
      measure: async () => {
        await server.checkpoint();
        return hearBeside(log, url, name);
      },
    }));
    const results = await inRounds(contestants, rounds, say);
    const rows = contestants.map(({ name }) => [
      name,
      withSpread((results.get(name) ?? []).map((ms) => (cartEvents / ms) * 1_000)),
      withSpread(
        ratios(results, name, 'a sound one', (ms) => ms),
        2,
      ),
    ]);
    const headings = ['its neighbour', 'events/s (min-max)', 'time : beside a sound one'];
    return `One handler hears of ${cartEvents} events of ${carts} carts\n\n${table(headings, rows)}`;
  } finally {
    await log.close();
  }
}
