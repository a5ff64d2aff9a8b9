import { STATUS_CODES } from 'node:http';
import { DomainError } from '../kernel/domain-error.js';
import { LogUnavailableError } from '../log/append/append.js';
import type { ViewBehindError } from '../queries/until-reached.js';

/** The HTTP statuses of domain errors, by code. */
export type StatusesByCode = Readonly<Record<string, number>>;

/** An error answer: the status, headers, and a body for `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The errors that the filter answers. */
export type AnsweredError = DomainError | LogUnavailableError | ViewBehindError;

const UNPROCESSABLE = 422;
const NOT_FOUND = 404;
const UNAVAILABLE = 503;
/** Codes of this package, and those that lost preconditions and late views usually have. */
const STATUSES: StatusesByCode = {
  TOO_MUCH_CONTENTION: 409,
  CONCURRENT_CHANGE: 409,
  VERSION_MISMATCH: 412,
  VIEW_BEHIND: UNAVAILABLE,
};

const LOG_UNAVAILABLE =
  'The event log cannot be reached at the moment. The requested change may or may not have been made.';
const VIEW_BEHIND = 'The data that was asked for is not up to date yet.';

/**
 * Describes an error as an answer.
 * @param statuses of domain errors. A code that is not listed there has 409 (`TOO_MUCH_CONTENTION`,
 *   `CONCURRENT_CHANGE`), 412 (`VERSION_MISMATCH`), 503 (`VIEW_BEHIND`), 404 (if it ends in `NOT_FOUND`) or 422
 */
export function problemOf(error: AnsweredError, statuses: StatusesByCode = {}): Problem {
  if (error instanceof DomainError) {
    const { code, message, data } = error;
    return problem(statusOf(code, statuses), code, message, data);
  }
  if (error instanceof LogUnavailableError) return problem(UNAVAILABLE, 'LOG_UNAVAILABLE', LOG_UNAVAILABLE);
  return problem(UNAVAILABLE, 'VIEW_BEHIND', VIEW_BEHIND);
}

function statusOf(code: string, statuses: StatusesByCode): number {
  if (Object.hasOwn(statuses, code)) return statuses[code] ?? UNPROCESSABLE;
  if (Object.hasOwn(STATUSES, code)) return STATUSES[code] ?? UNPROCESSABLE;
  return code.endsWith('NOT_FOUND') ? NOT_FOUND : UNPROCESSABLE;
}

/** Data cannot overwrite the standard members. */
function problem(
  status: number,
  code: string,
  detail: string,
  data: Readonly<Record<string, unknown>> = {},
): Problem {
  const standard = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Refused', status, detail, code };
  const seconds = retryAfter(status, data);
  return {
    status,
    headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
    body: { ...standard, ...data, ...standard },
  };
}

/** Seconds until a repeat may succeed: `retryAfter` of the data, or one for an outage. */
function retryAfter(
  status: number,
  { retryAfter: given }: Readonly<Record<string, unknown>>,
): number | undefined {
  if (typeof given === 'number') return Math.ceil(given);
  return status === UNAVAILABLE ? 1 : undefined;
}
