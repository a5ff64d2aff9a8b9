import { isProblemCode, problemKind } from './problem-codes.js';

/** Statuses of refusals that do not depend on the request alone, so that a repeat may succeed. */
const UNKEPT_STATUSES: ReadonlySet<number> = new Set([400, 401, 404, 412, 413, 415, 429]);

/** Whether a refusal is the final answer to a request, which its repeats get again. */
export function isKeptRefusal(code: string): boolean {
  // A code that is not registered is answered as an internal error.
  if (!isProblemCode(code)) return false;
  const { status, isKept } = problemKind(code);
  return isKept ?? (status < 500 && !UNKEPT_STATUSES.has(status));
}

/** Whether a refusal takes precedence over the check of the key. By the order of checks, 404 comes first. */
export function precedesKeyCheck(code: string): boolean {
  return isProblemCode(code) && problemKind(code).status === 404;
}
