import type { Headers } from '../support/http-client.js';

/**
 * Something that no well-meaning client sends, and how the service has to take it. `{cartId}` and `{itemId}` stand for
 * the ids of a cart that must come out of it unchanged.
 */
export interface HostileInput {
  /** What is hostile about it. */
  readonly what: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Sent as it is; no body at all where it is undefined. */
  readonly body: string | Buffer | undefined;
  /** Status and code of the answer, as in `400 VALIDATION_FAILED`. */
  readonly refusal: string;
  /** Where the answer points; not looked at where it is undefined. */
  readonly pointer: string | undefined;
  readonly headers: Headers;
}

/**
 * What a row of a table says: what is hostile, the request line, the body, and status, code and pointer of the answer.
 */
export type Row = readonly [
  what: string,
  request: string,
  body: string | Buffer | undefined,
  answer: string,
  headers?: Headers,
];

/** Reads a table. */
export function hostileInputs(rows: readonly Row[]): HostileInput[] {
  return rows.map(([what, request, body, answer, headers = {}]) => {
    const [method = '', target = ''] = request.split(' ');
    const [status = '', code = '', pointer] = answer.split(' ');
    return { what, method, target, body, refusal: `${status} ${code}`, pointer, headers };
  });
}

export const CARTS = '/v1/carts';
export const CART = '/v1/carts/{cartId}';
export const ITEMS = '/v1/carts/{cartId}/items';
export const ITEM = '/v1/carts/{cartId}/items/{itemId}';
