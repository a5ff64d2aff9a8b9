import { ADDS } from './adds.js';
import { CHANGES } from './changes.js';
import { READS } from './reads.js';
import type { Scenario } from './scenario.js';

/** Everything that is measured as calls of many connections. */
export const SCENARIOS: readonly Scenario[] = [...ADDS, ...CHANGES, ...READS];

/** @throws RangeError for a name that no scenario has; the message lists those that there are */
export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found) return found;
  const names = SCENARIOS.map((scenario) => scenario.name).join(', ');
  throw new RangeError(`There is no scenario "${name}". Use one of: ${names}.`);
}
