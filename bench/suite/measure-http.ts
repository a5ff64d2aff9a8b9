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

/** Measures the scenarios of a group on their subjects, in rounds, and writes the results into the book. */
export async function measureGroup(
  { say }: BenchContext,
  book: Book,
  subjects: Subjects,
  generator: BenchProcess,
  entries: readonly Entry[],
  amounts: Amounts,
  limits: RoundLimits,
): Promise<void> {
  const warm = new Set<SubjectName>();
  const cells = new Map<string, Cell>();
  for (const [scenario, ...names] of entries) {
    for (const subject of names) {
      const name = `${scenario}, ${subject}`;
      say(`preparing ${name}`);
      try {
        const warmUp = Math.ceil(amounts.warmUp * (warm.has(subject) ? SECOND_WARM_UP : 1));
        const started = await subjects.get(subject);
        const measure = await prepareScenario(generator, started, scenarioNamed(scenario), {
          ...amounts,
          warmUp,
        });
        cells.set(name, { name, scenario, subject, measure });
        warm.add(subject);
      } catch (error) {
        book.fail(name, error);
      }
    }
  }
  const measuring = [...cells.values()].map((cell) => ({
    ...cell,
    measure: () => {
      say(`measuring ${cell.name}`);
      return cell.measure();
    },
  }));
  await tolerantRounds(
    measuring,
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
