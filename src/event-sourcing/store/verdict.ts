import { DomainError } from '../kernel/domain-error.js';
import type { Decision } from './decision.js';
import type { Transaction } from './transaction.js';
import { whileDeciding } from './within-decision.js';

/** What a decision may return: anything but a promise. */
export type Decided<T> = T extends PromiseLike<unknown> ? never : T;

/** Outcome of the plain function that decides. */
export type Verdict<T> =
  { readonly refused: false; readonly value: T } | { readonly refused: true; readonly error: DomainError };

/**
 * Runs a decision once and closes its transaction.
 * @throws StreamsMissing or TooEarly when it has to run again, also if the decision has caught that
 * @throws Error when it returns a promise, or has used its transaction in a way that is not allowed; whatever else it throws
 */
export function verdictOf<T>(
  decide: (transaction: Transaction) => Decided<T>,
  decision: Decision,
): Verdict<T> {
  const outcome = run(decide, decision);
  decision.close();
  if ('value' in outcome && isPromise(outcome.value)) throw asynchronous(outcome.value);
  if (decision.interruption) throw decision.interruption;
  if ('failure' in outcome) throw outcome.failure;
  return outcome;
}

function run<T>(
  decide: (transaction: Transaction) => Decided<T>,
  decision: Decision,
): Verdict<T> | { readonly failure: unknown } {
  try {
    return { refused: false, value: whileDeciding(decision, () => decide(decision)) };
  } catch (error) {
    return error instanceof DomainError ? { refused: true, error } : { failure: error };
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function asynchronous(promise: PromiseLike<unknown>): Error {
  // It uses a closed transaction sooner or later. That must not end the process: the caller is told here.
  promise.then(undefined, () => undefined);
  return new Error(
    'A decision is a synchronous function, and this one returned a promise: what it appends after it has waited would be lost. Wait before transact, and hand in what the decision needs.',
  );
}
