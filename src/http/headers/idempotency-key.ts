import { HttpProblem } from '../problems/problem.js';

/** The header by which a caller names a change, so that sending it again does it once. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
/** Says of an answer that it is the one of the first time. */
export const IDEMPOTENT_REPLAYED_HEADER = 'idempotent-replayed';

const LONGEST_KEY = 255;
/**
 * Either bare: neither a blank nor a quote at its beginning, so that two lines of the header, which Node joins by `, `,
 * are no key. Or a string of structured fields (RFC 9651, 3.3.3), without blanks.
 */
export const IDEMPOTENCY_KEY =
  /^(?:[\x21\x23-\x7e][\x21-\x7e]{0,254}|"(?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}")$/;

/**
 * @param header `Idempotency-Key` as it was sent
 * @returns the key: 1 to 255 visible ASCII characters; the same for both ways of writing it
 * @throws HttpProblem `INVALID_IDEMPOTENCY_KEY` for anything else, and for two keys
 */
export function idempotencyKey(header: string | readonly string[]): string {
  const sent = typeof header === 'string' ? header : header.join(', ');
  if (!IDEMPOTENCY_KEY.test(sent)) {
    throw invalidKey(`Idempotency-Key must be 1 to ${LONGEST_KEY} visible ASCII characters, sent once.`);
  }
  return sent.startsWith('"') ? sent.slice(1, -1).replace(/\\(.)/g, '$1') : sent;
}

/** @returns the refusal of a key that cannot be taken */
export function invalidKey(detail: string): HttpProblem {
  return new HttpProblem('INVALID_IDEMPOTENCY_KEY', detail);
}
