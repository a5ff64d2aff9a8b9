import { DomainError } from '../../event-sourcing/index.js';

/**
 * Refuses a request, with the refusal that takes precedence.
 * @param refusal applies in any case
 * @param graver codes of refusals that take precedence over it
 * @param decide the decision that the request asks for
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
