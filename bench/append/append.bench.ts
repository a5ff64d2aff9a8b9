import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import type { BenchContext } from '../support/bench.js';
import { countingCpu, perCall } from '../support/cpu.js';
import { openLog } from '../support/event-log.js';
import { closedLoop, type Measurement } from '../support/measure.js';
import type { BenchPostgres } from '../support/postgres.js';
import { inRounds, ratios, type Contestant, type Results } from '../support/rounds.js';
import { middle, table, withSpread } from '../support/table.js';
import { AddItemAppenders } from './add-item.appenders.js';
import type { Appenders } from './appenders.js';
import { EmmettAppenders } from './emmett.appenders.js';
import { ConditionalAppenders, EventLogAppenders, FollowedAppenders } from './event-log.appenders.js';
import { SingleInsertAppenders } from './single-insert.appenders.js';
import { TextbookAppenders } from './textbook.appenders.js';

const WARM_UP_MS = 150;
export const LOG = 'event log';
export const INSERT = 'prepared INSERT';
export const TEXTBOOK = 'TypeORM find + save';
const EMMETT = 'Emmett appendToStream';

/** Who stores events with how many appenders at a time; neighbours are measured one right after the other. */
export type Programme = readonly (readonly [name: string, appenders: readonly number[]])[];

const PROGRAMME: Programme = [
  [LOG, [1, 16, 64, 256]],
  [INSERT, [1, 16, 64, 256]],
  [TEXTBOOK, [1, 16, 64, 256]],
  [EMMETT, [1, 64]],
  ['event log, 1 condition', [1, 64]],
  ['event log, followed', [64]],
  ['add item, followed', [1, 64, 256]],
  ['add item, one cart', [64, 256]],
];

/** A measurement, and the microseconds of processor time that an event took. */
export interface AppendResult extends Measurement {
  readonly nodeCpu: number;
  readonly postgresCpu: number;
}

/** How fast events are stored, by the log and beside it. */
export async function appendBench(context: BenchContext): Promise<string> {
  return report(await measureAppends(context, PROGRAMME));
}

/** Measures a programme in rounds; `label` names the results. */
export async function measureAppends(
  { server, rounds, durationMs, say }: Pick<BenchContext, 'server' | 'rounds' | 'durationMs' | 'say'>,
  programme: Programme,
): Promise<Results<AppendResult>> {
  const url = await server.createDatabase('append');
  await migrate(commandDataSource(url));
  const log = openLog(url);
  const ways = new Map<string, Appenders>([
    [LOG, new EventLogAppenders(log)],
    [INSERT, new SingleInsertAppenders(url)],
    [TEXTBOOK, await TextbookAppenders.create(url)],
    ['event log, 1 condition', await ConditionalAppenders.create(log)],
    ['event log, followed', new FollowedAppenders(log)],
    ['add item, followed', await AddItemAppenders.create(log, { hot: false })],
    ['add item, one cart', await AddItemAppenders.create(log, { hot: true })],
  ]);
  if (programme.some(([name]) => name === EMMETT)) {
    ways.set(EMMETT, await EmmettAppenders.create(await server.createDatabase('emmett'), say));
  }
  try {
    say('warming up');
    await inRounds(contestants(server, programme, ways, WARM_UP_MS), 1, () => undefined);
    return await inRounds(contestants(server, programme, ways, durationMs), rounds, say);
  } finally {
    for (const way of ways.values()) await way.close();
    await log.close();
  }
}

function contestants(
  server: BenchPostgres,
  programme: Programme,
  ways: ReadonlyMap<string, Appenders>,
  durationMs: number,
): Contestant<AppendResult>[] {
  const all = programme.flatMap(([name, counts]) => {
    const way = ways.get(name);
    return way ? counts.map((count) => ({ name, count, way })) : [];
  });
  all.sort((one, other) => one.count - other.count);
  return all.map(({ name, count, way }) => ({
    name: label(name, count),
    measure: async () => {
      await way.begin?.();
      try {
        const workers = Array.from({ length: count }, () => way.appender());
        const [measurement, cpu] = await countingCpu(server, () => closedLoop(workers, { durationMs }));
        const { node, postgres } = perCall(cpu, measurement.calls);
        return { ...measurement, nodeCpu: node, postgresCpu: postgres };
      } finally {
        await way.end?.();
      }
    },
  }));
}

/** What a result is called. */
export const label = (name: string, appenders: number): string => `${String(appenders).padStart(3)}  ${name}`;

function report(results: Results<AppendResult>): string {
  const rows = [...results].map(([name, measurements]) => [
    name,
    withSpread(measurements.map(({ rate }) => rate)),
    middle(
      measurements.map(({ p50 }) => p50),
      2,
    ),
    middle(
      measurements.map(({ p99 }) => p99),
      2,
    ),
    middle(measurements.map(({ nodeCpu }) => nodeCpu)),
    middle(measurements.map(({ postgresCpu }) => postgresCpu)),
  ]);
  const comparisons = [1, 16, 64, 256].flatMap((count) =>
    [INSERT, TEXTBOOK, EMMETT]
      .filter((other) => results.has(label(other, count)))
      .map((other) => [
        `${label(LOG, count)} : ${other}`,
        withSpread(
          ratios(results, label(LOG, count), label(other, count), ({ rate }) => rate),
          2,
        ),
        withSpread(
          ratios(results, label(LOG, count), label(other, count), ({ p50 }) => p50),
          2,
        ),
      ]),
  );
  return [
    table(['appenders', 'events/s (min-max)', 'p50 ms', 'p99 ms', 'Node µs', 'PostgreSQL µs'], rows),
    '',
    table(['compared round by round', 'events/s', 'p50'], comparisons),
  ].join('\n');
}
