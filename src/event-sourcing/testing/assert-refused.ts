import { deepStrictEqual, fail } from 'node:assert/strict';
import { DomainError } from '../kernel/domain-error.js';

/** @throws AssertionError unless `decide` throws a DomainError of this code, with at least this data */
export function assertRefused(
  decide: () => unknown,
  code: string,
  data: Readonly<Record<string, unknown>> = {},
): void {
  const error = refusalOf(decide);
  deepStrictEqual(error.code, code);
  for (const [key, value] of Object.entries(data)) deepStrictEqual(error.data[key], value);
}

function refusalOf(decide: () => unknown): DomainError {
  let decided: unknown;
  try {
    decided = decide();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  return fail(`Expected a refusal, but it decided: ${JSON.stringify(decided)}`);
}
