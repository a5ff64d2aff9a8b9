import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from '../support/bench.js';
import { inRounds, ratios, type Contestant } from '../support/rounds.js';
import { middle, table, withSpread } from '../support/table.js';
import type { BenchProcess } from './child-process.js';
import { generatorAlone } from './generator-alone.js';
import type { Load, LoadResult } from './load-generator.js';
import type { BenchService } from './service.js';
import { openCarts, SKUS } from './shop.js';

const CONNECTIONS = 64;
/** Fresh carts for each round, so that all rounds see the same carts grow from 0 items to 20. */
const CARTS = 500;
const ITEMS_A_CART = 20;
const WARM_UP_MS = 1_000;
const PROFILE_MS = 10_000;

const NO_OP = 'no-op';
const ADD_MINIMAL = 'add item, minimal answer';
const ADD_FULL = 'add item, whole cart';

/** Processor times are microseconds a request; those of an add include the work on its views. */
interface Result extends LoadResult {
  readonly serviceCpu: number;
  readonly postgresCpu: number;
  /** Events that the views were behind when the load ended. */
  readonly behind: number;
}

/** How many requests a second the service takes: adding items beside doing nothing. */
export async function throughput(
  { rounds, durationMs, profile, say }: BenchContext,
  service: BenchService,
  generator: BenchProcess,
): Promise<string> {
  const load = async (path: string, minimal: boolean, forMs: number): Promise<Result> => {
    const carts = await service.withConnections(CONNECTIONS, (connections) => openCarts(connections, CARTS));
    await service.settle();
    const common = {
      origin: service.origin,
      carts,
      skus: SKUS.slice(0, ITEMS_A_CART),
      connections: CONNECTIONS,
    };
    const before = await service.cpu();
    const result = await generator.ask<LoadResult>({
      ...common,
      path,
      minimal,
      durationMs: forMs,
    } satisfies Load);
    const behind = await service.settle();
    const after = await service.cpu();
    const micros = 1e6 / result.calls;
    return {
      ...result,
      serviceCpu: (after.node - before.node) * micros,
      postgresCpu: ((after.postgres ?? Number.NaN) - (before.postgres ?? Number.NaN)) * micros,
      behind,
    };
  };
  const contestants = (forMs: number): Contestant<Result>[] => [
    { name: NO_OP, measure: () => load('/v1/no-op', true, forMs) },
    { name: ADD_MINIMAL, measure: () => load('/v1/carts', true, forMs) },
    { name: ADD_FULL, measure: () => load('/v1/carts', false, forMs) },
  ];
  say('throughput: warming up');
  await inRounds(contestants(WARM_UP_MS), 1, () => undefined);
  const results = await inRounds(contestants(durationMs), rounds, say);
  if (profile !== undefined) {
    say('throughput: profiling');
    const json = await service.profiling(() => load('/v1/carts', true, PROFILE_MS));
    await mkdir(profile, { recursive: true });
    await writeFile(join(profile, 'add-item.cpuprofile'), json);
  }
  const rate = ({ rate }: Result): number => rate;
  const rows = [...results].map(([name, runs]) => [
    name,
    withSpread(runs.map(rate)),
    middle(
      runs.map(({ p50 }) => p50),
      1,
    ),
    middle(
      runs.map(({ p99 }) => p99),
      1,
    ),
    middle(runs.map(({ serviceCpu }) => serviceCpu)),
    middle(runs.map(({ postgresCpu }) => postgresCpu)),
    middle(runs.map(({ cpuSeconds, calls }) => (cpuSeconds * 1e6) / calls)),
    middle(runs.map(({ behind }) => behind)),
  ]);
  const headings = [
    'requests',
    'a second (min-max)',
    'p50 ms',
    'p99 ms',
    'service µs',
    'PostgreSQL µs',
    'generator µs',
    'views behind',
  ];
  const most = await generatorAlone(generator, CONNECTIONS);
  return [
    `Throughput, ${CONNECTIONS} connections`,
    table(headings, rows),
    `${ADD_MINIMAL} : ${NO_OP} = ${withSpread(ratios(results, ADD_MINIMAL, NO_OP, rate), 2)}`,
    `${ADD_FULL} : ${NO_OP} = ${withSpread(ratios(results, ADD_FULL, NO_OP, rate), 2)}`,
    `The load generator by itself, against a socket that answers at once: ${middle([most])} requests/s.`,
  ].join('\n');
}
