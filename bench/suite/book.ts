import type { ScenarioResult } from '../scenarios/measure-scenario.js';
import { spreadOf } from '../support/statistics.js';

/** The runs of one subject at one scenario, one a round; undefined for a round that failed. */
export type Runs = readonly (ScenarioResult | undefined)[];

/** A value that a target or a table asks of a run. */
export type ValueOf = (run: ScenarioResult) => number;

/** Something that could not be measured. */
export interface Failure {
  readonly what: string;
  readonly error: string;
}

/** All that one run of the suite has measured. */
export class Book {
  readonly failures: Failure[] = [];
  private readonly runs = new Map<string, (ScenarioResult | undefined)[]>();
  private readonly values = new Map<string, number[]>();

  addRun(scenario: string, subject: string, run: ScenarioResult | undefined): void {
    const key = keyOf(scenario, subject);
    this.runs.set(key, [...(this.runs.get(key) ?? []), run]);
  }

  /** Notes a value that is no run of a scenario, once a round. */
  addValue(name: string, value: number): void {
    this.values.set(name, [...(this.values.get(name) ?? []), value]);
  }

  fail(what: string, error: unknown): void {
    this.failures.push({ what, error: error instanceof Error ? error.message : String(error) });
  }

  runsOf(scenario: string, subject: string): Runs {
    return this.runs.get(keyOf(scenario, subject)) ?? [];
  }

  /** The median of a value over the rounds; undefined when there is none. */
  median(scenario: string, subject: string, valueOf: ValueOf): number | undefined {
    return medianOf(
      this.runsOf(scenario, subject).flatMap((run) => (run === undefined ? [] : [valueOf(run)])),
    );
  }

  /** The median of the ratios that a value of two cells had in the same round. */
  ratio(
    [scenario, subject]: readonly [string, string],
    [otherScenario, otherSubject]: readonly [string, string],
    valueOf: ValueOf,
  ): number | undefined {
    const others = this.runsOf(otherScenario, otherSubject);
    return medianOf(
      this.runsOf(scenario, subject).flatMap((run, round) => {
        const other = others[round];
        return run === undefined || other === undefined ? [] : [valueOf(run) / valueOf(other)];
      }),
    );
  }

  /** Names of all values, in the order in which they were first noted. */
  valueNames(): string[] {
    return [...this.values.keys()];
  }

  valuesOf(name: string): readonly number[] {
    return this.values.get(name) ?? [];
  }

  medianValue(name: string): number | undefined {
    return medianOf(this.valuesOf(name));
  }

  /** The median of the ratios that two values had in the same round. */
  valueRatio(name: string, other: string): number | undefined {
    const others = this.valuesOf(other);
    return medianOf(this.valuesOf(name).map((value, round) => value / (others[round] ?? NaN)));
  }
}

function keyOf(scenario: string, subject: string): string {
  return `${scenario} by ${subject}`;
}

function medianOf(values: readonly number[]): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : spreadOf(known).median;
}
