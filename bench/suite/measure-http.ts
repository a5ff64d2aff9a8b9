import { prepareScenario, type Amounts, type ScenarioResult } from '../scenarios/measure-scenario.js';
import { scenarioNamed } from '../scenarios/scenarios.js';
import type { BenchProcess } from '../support/bench-process.js';
import type { BenchContext } from '../support/bench.js';
import type { Contestant } from '../support/rounds.js';
import type { Book } from './book.js';
import type { Entry } from './http-groups.js';
import { tolerantRounds, type RoundLimits } from './rounds.js';
import type { SubjectName, Subjects } from './subjects.js';

/** What is already warm needs this share of the calls to get used to another scenario. */
const SECOND_WARM_UP = 0.25;

interface Cell extends Contestant<ScenarioResult> {
  readonly scenario: string;
  readonly subject: SubjectName;
}

/** What the groups of one run share. */
export interface HttpSuite {
  readonly context: BenchContext;
  readonly book: Book;
  readonly subjects: Subjects;
  readonly generator: BenchProcess;
  readonly amounts: Amounts;
  readonly limits: RoundLimits;
}

/** Measures the scenarios of a group on their subjects, in rounds, and writes the results into the book. */
export async function measureGroup(suite: HttpSuite, entries: readonly Entry[]): Promise<void> {
  const { book, limits } = suite;
  const cells = await prepareCells(suite, entries);
  await tolerantRounds(
    [...cells.values()],
    limits,
    (name, result) => {
      const cell = cells.get(name);
      if (cell) book.addRun(cell.scenario, cell.subject, result);
    },
    (name, error) => {
      book.fail(name, error);
    },
  );
}

/** What cannot be prepared is noted in the book and left out. */
async function prepareCells(
  { context: { say }, book, subjects, generator, amounts }: HttpSuite,
  entries: readonly Entry[],
): Promise<Map<string, Cell>> {
  const warm = new Set<SubjectName>();
  const cells = new Map<string, Cell>();
  const places = entries.flatMap(([scenario, ...names]) => names.map((subject) => ({ scenario, subject })));
  for (const { scenario, subject } of places) {
    const name = `${scenario}, ${subject}`;
    say(`preparing ${name}`);
    try {
      const warmUp = Math.ceil(amounts.warmUp * (warm.has(subject) ? SECOND_WARM_UP : 1));
      const started = await subjects.get(subject);
      const run = await prepareScenario(generator, started, scenarioNamed(scenario), { ...amounts, warmUp });
      const measure = (): Promise<ScenarioResult> => {
        say(`measuring ${name}`);
        return run();
      };
      cells.set(name, { name, scenario, subject, measure });
      warm.add(subject);
    } catch (error) {
      book.fail(name, error);
    }
  }
  return cells;
}
