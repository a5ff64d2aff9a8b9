import { DomainError } from '../kernel/domain-error.js';
import type { Decision } from './decision.js';
import type { Transaction } from './transaction.js';
import { whileDeciding } from './within-decision.js';

/** What a decision may return: anything but a promise. */
export type Decided<T> = T extends PromiseLike<unknown> ? never : T;

/** What a decision has come to: a value, or a refusal by a rule of the domain. */
export type Verdict<T> =
  | {
      /** Tells the verdicts apart. */
      readonly refused: false;
      /** What the decision has returned. */
      readonly value: T;
    }
  | {
      /** Tells the verdicts apart. */
      readonly refused: true;
      /** The refusal that the decision has thrown. */
      readonly error: DomainError;
    };

/**
 * Runs a decision once and closes its transaction.
 * @throws StreamsMissing or TooEarly when it has to run again, even if the decision has caught that error
 * @throws Error when it returns a promise or misuses its transaction; whatever else it throws
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

/**
 * Runs a function that looks for something outside of the log.
 * @throws whatever it throws, other than a DomainError
 */
export async function verdictOfSearch<T>(find: () => T | Promise<T>): Promise<Verdict<T>> {
  try {
    return { refused: false, value: await find() };
  } catch (error) {
    if (error instanceof DomainError) return { refused: true, error };
    throw error;
  }
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
  // The rest of the function fails at the closed transaction. The caller gets the error below instead.
  promise.then(undefined, () => undefined);
  return new Error(
    'A decision is a synchronous function, but this one returned a promise. Events that it appends after an await ' +
      'would be lost. Await before EventStore.transact, and pass the results to the decision.',
  );
}
