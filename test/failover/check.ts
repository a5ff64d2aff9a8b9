import type { Violation } from '../chaos/violation.js';

/** What a scenario has found. */
export interface Findings {
  readonly violations: readonly Violation[];
  readonly figures: Readonly<Record<string, number | string>>;
}

/** Collects what is not as it must be. */
export class Check {
  readonly violations: Violation[] = [];

  /** @param holds whether the rule is kept */
  that(rule: string, holds: boolean, evidence: object = {}): void {
    if (!holds) this.violations.push({ rule, evidence });
  }
}
