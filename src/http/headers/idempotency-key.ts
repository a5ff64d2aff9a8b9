import { HttpProblem } from '../problems/problem.js';

/** The caller's name for a change. A repeat with the same name has no second effect. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
/** Marks an answer as that of an earlier request. */
export const IDEMPOTENT_REPLAYED_HEADER = 'idempotent-replayed';

const LONGEST_KEY = 255;
/**
 * Either a bare key without whitespace that does not start with a quote, or a string of structured fields (RFC 9651,
 * 3.3.3) without whitespace. Node joins two lines of the header with `, `, so two keys do not match.
 */
export const IDEMPOTENCY_KEY =
  /^(?:[\x21\x23-\x7e][\x21-\x7e]{0,254}|"(?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}")$/;

/**
 * @param header `Idempotency-Key` as sent
 * @returns the key: 1 to 255 visible ASCII characters; the same for both notations
 * @throws HttpProblem `INVALID_IDEMPOTENCY_KEY` for anything else, and for two keys
 */
export function idempotencyKey(header: string | readonly string[]): string {
  const sent = typeof header === 'string' ? header : header.join(', ');
  if (!IDEMPOTENCY_KEY.test(sent)) {
    throw invalidKey(`Idempotency-Key must be 1 to ${LONGEST_KEY} visible ASCII characters, sent once.`);
  }
  return sent.startsWith('"') ? sent.slice(1, -1).replace(/\\(.)/g, '$1') : sent;
}

/** @returns the refusal of an unacceptable key */
export function invalidKey(detail: string): HttpProblem {
  return new HttpProblem('INVALID_IDEMPOTENCY_KEY', detail);
}
