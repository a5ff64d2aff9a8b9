import { DomainError } from '../../event-sourcing/index.js';

/**
 * Refuses a request that goes nowhere; it only remains to find out which refusal comes first.
 * @param refusal what stands in its way in any case
 * @param graver codes of refusals that are told before that one
 * @param decide what was asked for
 */
export function refuseUnlessGraver(
  refusal: DomainError,
  graver: ReadonlySet<string>,
  decide: () => unknown,
): never {
  try {
    decide();
  } catch (error) {
    if (!(error instanceof DomainError) || graver.has(error.code)) throw error;
  }
  throw refusal;
}
