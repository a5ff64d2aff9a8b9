import { resolve } from 'node:path';
import { assertBuilt } from '../http/built-service.js';
import type { BenchContext } from '../support/bench.js';
import { inRounds, ratios, type Contestant } from '../support/rounds.js';
import { middle, table, withSpread } from '../support/table.js';
import { catchUp, type CatchUp } from './catch-up.js';
import { copyFullLog, makeFullLog } from './full-log.js';
import { USUAL_CARTS } from './shopping.js';

const EVENTS = 200_000;
const SIZES = {
  'carts of 10 to 30 items': USUAL_CARTS,
  'carts of 50 items': { fewest: 50, most: 50 },
};

/**
 * How fast the views of carts are built from a full log.
 * @param beside folder of another built checkout to compare with
 */
export async function projectionBench(
  context: BenchContext,
  { beside, events = EVENTS }: { readonly beside?: string | undefined; readonly events?: number },
): Promise<string> {
  if (beside !== undefined) assertBuilt(resolve(beside));
  const contestants: Contestant<CatchUp>[] = [];
  for (const [name, sizes] of Object.entries(SIZES)) {
    const log = await makeFullLog(context, events, sizes);
    contestants.push({ name, measure: () => catchUp(context, resolve('.'), log) });
    if (beside === undefined) continue;
    const copy = await copyFullLog(context, log, resolve(beside));
    contestants.push({ name: `${name}, ${beside}`, measure: () => catchUp(context, resolve(beside), copy) });
  }
  const results = await inRounds(contestants, context.rounds, context.say);
  const rows = [...results].map(([name, runs]) => [
    name,
    withSpread(runs.map(({ rate }) => rate)),
    middle(runs.map(({ service }) => service)),
    middle(runs.map(({ postgres }) => postgres)),
  ]);
  const compared = Object.keys(SIZES).flatMap((name) =>
    beside === undefined
      ? []
      : [
          `${name}, this : ${beside} = ${withSpread(
            ratios(results, name, `${name}, ${beside}`, ({ rate }) => rate),
            2,
          )}`,
        ],
  );
  return [
    `Catch-up of all views of carts from zero: ${events} events, many carts at a time`,
    table(['', 'events/s (min-max)', 'service µs', 'PostgreSQL µs'], rows),
    ...compared,
  ].join('\n');
}
