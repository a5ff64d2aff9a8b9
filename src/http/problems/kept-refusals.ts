import { isProblemCode, problemKind } from './problem-codes.js';

/** Statuses of refusals that do not judge the request itself, or that may not hold later. */
const UNKEPT_STATUSES: ReadonlySet<number> = new Set([400, 401, 404, 412, 413, 415, 429]);

/** Whether a refusal is the final answer to a request, to be given again to its repeat. */
export function isKeptRefusal(code: string): boolean {
  // A code that is not in the contract is a fault of ours.
  if (!isProblemCode(code)) return false;
  const { status, isKept } = problemKind(code);
  return isKept ?? (status < 500 && !UNKEPT_STATUSES.has(status));
}

/** Whether a refusal comes before the check of the key: by the order of checks, what is not found comes first. */
export function isToldBeforeKey(code: string): boolean {
  return isProblemCode(code) && problemKind(code).status === 404;
}
