import { BenchProcess } from '../support/bench-process.js';
import { prepareScenario, type Amounts, type ScenarioResult } from '../scenarios/measure-scenario.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { BenchContext } from '../support/bench.js';
import { inRounds, type Contestant } from '../support/rounds.js';
import { middle, table, withSpread } from '../support/table.js';
import { generatorAlone } from './generator-alone.js';
import { startAlone } from './subject.js';

/** What the service does over HTTP, on its embedded PostgreSQL: every scenario, without its peers. */
export async function httpBench(
  context: BenchContext,
  scenarios: readonly Scenario[],
  amounts: Amounts,
): Promise<string> {
  const { signal, rounds, say, profile } = context;
  const generator = BenchProcess.start(new URL('load-generator.ts', import.meta.url), {}, signal);
  const nodeArguments = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const subject = await startAlone(context, 'this', { checkout: '.', nodeArguments });
  const contestants: Contestant<ScenarioResult>[] = [];
  for (const scenario of scenarios) {
    say(`${scenario.name}: preparing and warming up`);
    contestants.push({
      name: scenario.title,
      measure: await prepareScenario(generator, subject, scenario, amounts),
    });
  }
  const results = await inRounds(contestants, rounds, say);
  const rows = [...results].map(([name, runs]) => [
    name,
    withSpread(runs.map(({ rate }) => rate)),
    ...(['p50', 'p99'] as const).map((what) =>
      middle(
        runs.map((run) => run[what]),
        1,
      ),
    ),
    ...(['service', 'postgres', 'refused'] as const).map((what) => middle(runs.map((run) => run[what]))),
  ]);
  const headings = [
    '64 connections',
    'calls/s (min-max)',
    'p50 ms',
    'p99 ms',
    'service µs',
    'PostgreSQL µs',
    'refused',
  ];
  const most = await generatorAlone(generator, 64);
  return [
    table(headings, rows),
    `The load generator by itself, against a socket that answers at once: ${middle([most])} requests/s.`,
  ].join('\n');
}
