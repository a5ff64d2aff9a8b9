import { readFile, writeFile } from 'node:fs/promises';
import { INSERT, LOG, measureAppends, TEXTBOOK } from '../append/append.bench.js';
import { assertBuilt } from '../http/built-service.js';
import { measureLag } from '../http/lag.js';
import { drawChart, installPeers } from '../http/peers.js';
import { catchUp, type CatchUp } from '../projection/catch-up.js';
import { copyFullLog, makeFullLog } from '../projection/full-log.js';
import { USUAL_CARTS } from '../projection/shopping.js';
import { BenchProcess } from '../support/bench-process.js';
import type { BenchContext } from '../support/bench.js';
import type { Contestant } from '../support/rounds.js';
import { amountsOf, type SuiteAmounts } from './amounts.js';
import { Book } from './book.js';
import { chartOf } from './chart.js';
import { circumstances } from './circumstances.js';
import { documentOf } from './document.js';
import { fanOut } from './fan-out.js';
import { httpGroups } from './http-groups.js';
import { measureGroup, type HttpSuite } from './measure-http.js';
import { memory } from './memory.js';
import { tolerantRounds, type RoundLimits } from './rounds.js';
import { deadlinesOf } from './shares.js';
import { withStarts } from './start.js';
import { Subjects } from './subjects.js';
import { VALUES } from './values.js';

const DOCUMENT = 'bench/RESULTS.md';
const CHART = 'bench/results.svg';
const FIFTY = { fewest: 50, most: 50 };

/** What the suite is asked for. */
export interface SuiteOptions {
  readonly full: boolean;
  /** Factor for all amounts; less than 1 tries the suite out. */
  readonly scale: number;
  /** Folder of another built checkout, to compare the catch-up with. */
  readonly beside?: string | undefined;
  /** Parts to run; all of them when it is empty. */
  readonly parts: readonly string[];
}

/**
 * Runs everything, and writes the results into `bench`; or some parts, without writing. A part that fails is reported
 * and does not lose the others.
 */
export async function suiteBench(context: BenchContext, options: SuiteOptions): Promise<string> {
  const { say } = context;
  if (options.beside !== undefined) assertBuilt(options.beside);
  const amounts = amountsOf(options);
  const suite = new Suite(context, amounts, options);
  const chosen = partsOf(suite, options.parts);
  await installPeers(say);
  const deadlines = deadlinesOf([...chosen.keys()], performance.now(), amounts.minutes);
  for (const [part, measure] of chosen) {
    context.signal.throwIfAborted();
    suite.deadline = deadlines.get(part) ?? 0;
    const startedAt = performance.now();
    say(`== ${part}`);
    await measure().catch((error: unknown) => {
      suite.book.fail(part, error);
    });
    say(`== ${part} took ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  }
  const { book } = suite;
  const old = await readFile(DOCUMENT, 'utf8').catch(() => '');
  const document = documentOf(book, await circumstances(context, amounts), old);
  if (options.parts.length === 0) {
    await publish(book, document).catch((error: unknown) => {
      book.fail('writing the results', error);
    });
  }
  for (const { what, error } of book.failures) say(`FAILED: ${what}: ${error}`);
  if (book.failures.length > 0) process.exitCode = 1;
  return document;
}

/** @throws RangeError for a part that there is not */
function partsOf(suite: Suite, wanted: readonly string[]): ReadonlyMap<string, () => Promise<void>> {
  const parts = suite.parts();
  const unknown = wanted.filter((part) => !(part in parts));
  if (unknown.length > 0) {
    throw new RangeError(
      `There is no part "${unknown.join(', ')}". Parts: ${Object.keys(parts).join(', ')}.`,
    );
  }
  return new Map(Object.entries(parts).filter(([part]) => wanted.length === 0 || wanted.includes(part)));
}

async function publish(book: Book, document: string): Promise<void> {
  await writeFile(DOCUMENT, document);
  await writeFile(CHART, await drawChart(chartOf(book)));
}

/** The parts, which share their processes and their book. */
class Suite implements HttpSuite {
  readonly book = new Book();
  readonly subjects: Subjects;
  readonly generator: BenchProcess;

  /** Time of `performance.now()` at which the present part should be over. */
  deadline = 0;

  constructor(
    readonly context: BenchContext,
    readonly amounts: SuiteAmounts,
    private readonly options: SuiteOptions,
  ) {
    this.subjects = new Subjects(context);
    const script = new URL('../http/load-generator.ts', import.meta.url);
    this.generator = BenchProcess.start(script, {}, context.signal);
  }

  get limits(): RoundLimits {
    return { rounds: this.context.rounds, fewest: this.amounts.fewestRounds, deadline: this.deadline };
  }

  /** By name, in their order. */
  parts(): Record<string, () => Promise<void>> {
    const groups = Object.entries(httpGroups(this.options)).map(
      ([name, entries]) => [name, () => measureGroup(this, entries)] as const,
    );
    return {
      log: () => this.log(),
      lag: () => this.lag(),
      'fan-out': () => this.fanOut(),
      'catch-up': () => this.catchUp(),
      memory: () => this.memory(),
      ...Object.fromEntries(groups),
    };
  }

  private async fanOut(): Promise<void> {
    const subject = await this.subjects.get('alone');
    const measure = () => fanOut(subject, this.generator, this.amounts.fanOutAdds);
    await this.values([{ name: 'fan-out', measure }], (_, { rate, service }) => {
      this.book.addValue(VALUES.fanOut, rate);
      this.book.addValue(VALUES.fanOutCpu, service);
    });
  }

  private async catchUp(): Promise<void> {
    const { context } = this;
    const { beside } = this.options;
    const usual = await makeFullLog(context, this.amounts.events, USUAL_CARTS);
    const fifty = await makeFullLog(context, this.amounts.events, FIFTY);
    const contestants: Contestant<CatchUp>[] = [
      { name: VALUES.catchUp, measure: () => catchUp(context, '.', usual) },
      { name: VALUES.catchUp50, measure: () => catchUp(context, '.', fifty) },
    ];
    if (beside !== undefined) {
      const copy = await copyFullLog(context, fifty, beside);
      contestants.push({ name: VALUES.catchUp50Beside, measure: () => catchUp(context, beside, copy) });
    }
    await this.values(contestants, (name, { rate }) => {
      this.book.addValue(name, rate);
    });
    await withStarts(context, usual, (measure) =>
      this.values([{ name: VALUES.start, measure }], (name, seconds) => {
        this.book.addValue(name, seconds);
      }),
    );
  }

  private async lag(): Promise<void> {
    for (const { p50, p99 } of await measureLag(this.context, this.generator, this.amounts.lagMs)) {
      this.book.addValue(VALUES.lagP50, p50);
      this.book.addValue(VALUES.lagP99, p99);
    }
  }

  private async log(): Promise<void> {
    const programme = [LOG, INSERT, TEXTBOOK].map((name) => [name, [1, 64]] as const);
    const context = { ...this.context, durationMs: this.amounts.appendMs };
    for (const [name, runs] of await measureAppends(context, programme)) {
      for (const { rate } of runs) this.book.addValue(name, rate);
    }
  }

  private async memory(): Promise<void> {
    const { memoryCarts, memoryCommandsPerCart } = this.amounts;
    const { first, last } = await memory(this.context, this.generator, memoryCarts, memoryCommandsPerCart);
    this.book.addValue(VALUES.memoryFirst, first);
    this.book.addValue(VALUES.memoryLast, last);
  }

  private async values<Result>(
    contestants: readonly Contestant<Result>[],
    note: (name: string, result: Result) => void,
  ): Promise<void> {
    await tolerantRounds(
      contestants,
      this.limits,
      (name, result) => {
        if (result !== undefined) note(name, result);
      },
      (name, error) => {
        this.book.fail(name, error);
      },
    );
  }
}
