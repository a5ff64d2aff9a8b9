import { resolve } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const options: Promise<ICruiseOptions> = extractDepcruiseOptions(resolve('.dependency-cruiser.cjs'));

/** An import that a rule forbids. */
export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

/** The names of all rules about imports; some rules share a name. */
export async function importRules(): Promise<string[]> {
  const { ruleSet } = await options;
  const names = (ruleSet?.forbidden ?? []).map(({ name }) => name ?? 'a rule without a name');
  return [...new Set(names)];
}

/** All imports in the folder `src` of a checkout that a rule forbids, and how many files were looked at. */
export async function violationsIn(checkout: string): Promise<{ violations: Violation[]; files: number }> {
  const { output } = await cruise(['src'], { ...(await options), baseDir: resolve(checkout) });
  const { summary } = output as ICruiseResult;
  const violations = summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  return { violations, files: summary.totalCruised };
}
