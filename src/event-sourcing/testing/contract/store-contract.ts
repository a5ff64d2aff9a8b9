import { appendCases } from './append-cases.js';
import { commandCases } from './command-cases.js';
import { named, type ContractCase } from './contract-case.js';
import { decisionCases } from './decision-cases.js';
import { deliveryCases } from './delivery-cases.js';
import { projectionCases } from './projection-cases.js';
import { readingCases } from './reading-cases.js';

/**
 * What every store promises, case by case. The cases need no test framework:
 * `for (const { name, run } of storeContract) it(name, () => run(subject))`.
 */
export const storeContract: readonly ContractCase[] = [
  ...named('append', appendCases),
  ...named('reading', readingCases),
  ...named('decisions', decisionCases),
  ...named('deliveries', deliveryCases),
  ...named('commands', commandCases),
  ...named('projections', projectionCases),
];
