import { join, resolve } from 'node:path';
import { assertBuilt } from '../http/built-service.js';
import { BenchProcess } from '../support/bench-process.js';
import { startAlone, startPair, type Subject } from '../http/subject.js';
import { prepareScenario, type Amounts, type ScenarioResult } from '../scenarios/measure-scenario.js';
import type { Scenario } from '../scenarios/scenario.js';
import type { BenchContext } from '../support/bench.js';
import { inRounds, ratios, type Results } from '../support/rounds.js';
import { middle, table, withSpread } from '../support/table.js';

const HERE = 'this';
const OTHER = 'other';

type ValueOf = (result: ScenarioResult) => number;

const rateOf: ValueOf = ({ rate }) => rate;
const cpuOf: ValueOf = ({ service, postgres }) => service + postgres;
const compared = (results: Results<ScenarioResult>, valueOf: ValueOf): number[] =>
  ratios(results, HERE, OTHER, valueOf);

/** What is compared. */
export interface Comparison extends Amounts {
  /** Folder of a checkout that is built. */
  readonly other: string;
  readonly scenarios: readonly Scenario[];
  /** 1 runs the service on its embedded PostgreSQL; 2 writes at one process and sends the load to another. */
  readonly processes: number;
}

/** Measures this checkout and another one in turn, scenario by scenario. */
export async function compareBench(context: BenchContext, comparison: Comparison): Promise<string> {
  const { other, scenarios, processes } = comparison;
  const { signal, rounds, say, profile } = context;
  const checkouts = new Map([
    [HERE, resolve('.')],
    [OTHER, resolve(other)],
  ]);
  for (const checkout of checkouts.values()) assertBuilt(checkout);
  const generator = BenchProcess.start(new URL('../http/load-generator.ts', import.meta.url), {}, signal);
  const subjects: Subject[] = [];
  for (const [name, checkout] of checkouts) {
    say(`starting ${name}: ${checkout}`);
    const nodeArguments =
      profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, name)}`];
    const start = processes === 1 ? startAlone : startPair;
    subjects.push(await start(context, name, { checkout, nodeArguments }));
  }
  const reports: string[] = [];
  for (const scenario of scenarios) {
    say(`${scenario.name}: preparing and warming up`);
    const contestants = [];
    for (const subject of subjects) {
      const measure = await prepareScenario(generator, subject, scenario, comparison);
      contestants.push({ name: subject.name, measure });
    }
    const results = await inRounds(contestants, rounds, say);
    const [rate, cpu] = [rateOf, cpuOf].map((valueOf) => middle(compared(results, valueOf), 2));
    say(`${scenario.name}: this : other, rate ${rate ?? ''}, CPU ${cpu ?? ''}`);
    reports.push(reportOf(scenario, results));
  }
  return [`this: ${checkouts.get(HERE) ?? ''}\nother: ${checkouts.get(OTHER) ?? ''}`, ...reports].join(
    '\n\n',
  );
}

function reportOf(scenario: Scenario, results: Results<ScenarioResult>): string {
  const row = (name: string, show: (valueOf: ValueOf, digits: number) => string) => [
    name,
    show(rateOf, 0),
    show(({ p50 }) => p50, 1),
    show(({ p99 }) => p99, 1),
    show(({ service }) => service, 0),
    show(({ postgres }) => postgres, 0),
    show(cpuOf, 0),
    show(({ refused }) => refused, 0),
  ];
  const rows = [...results].map(([name, runs]) =>
    row(name, (valueOf, digits) => middle(runs.map(valueOf), digits)),
  );
  rows.push(row(`${HERE} : ${OTHER}`, (valueOf) => middle(compared(results, valueOf), 2)));
  const headings = ['', 'calls/s', 'p50 ms', 'p99 ms', 'service µs', 'PostgreSQL µs', 'both µs', 'refused'];
  const byRound = (valueOf: ValueOf): string => {
    const values = compared(results, valueOf);
    return `${withSpread(values, 2)}; ${values.map((value) => value.toFixed(2)).join(' ')}`;
  };
  return [
    `${scenario.name}: ${scenario.title}`,
    table(headings, rows),
    `${HERE} : ${OTHER} round by round, rate: ${byRound(rateOf)}`,
    `${HERE} : ${OTHER} round by round, CPU:  ${byRound(cpuOf)}`,
  ].join('\n');
}
