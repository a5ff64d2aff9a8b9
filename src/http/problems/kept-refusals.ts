import { isProblemCode, problemKind } from './problem-codes.js';

/** Statuses of refusals that say nothing of the request itself, or nothing that will still be so later. */
const UNKEPT_STATUSES: ReadonlySet<number> = new Set([400, 401, 412, 413, 415, 429]);
/** Refusals that may be gone the next moment, so that asking again makes sense; or that are about the key itself. */
const PASSING: ReadonlySet<string> = new Set(['TOO_MUCH_CONTENTION', 'IDEMPOTENCY_KEY_REUSED']);
/** What a request names beside the resource it is for. Of that resource itself nothing is told, and nothing kept, where it is not the caller's. */
const NAMED_BESIDE: ReadonlySet<string> = new Set(['ITEM_NOT_FOUND', 'PRODUCT_NOT_FOUND']);

/** Whether a refusal is the answer to a request for good, to be given again to its repeat. */
export function isKeptRefusal(code: string): boolean {
  const status = statusOf(code);
  if (status >= 500 || UNKEPT_STATUSES.has(status) || PASSING.has(code)) return false;
  return status !== 404 || NAMED_BESIDE.has(code);
}

/** Whether a refusal is told whatever the key of the request was used for: by the order of checks, what is not found comes first. */
export function isToldBeforeKey(code: string): boolean {
  return statusOf(code) === 404;
}

/** A code that is not in the contract is a fault of ours. */
function statusOf(code: string): number {
  return isProblemCode(code) ? problemKind(code).status : 500;
}
