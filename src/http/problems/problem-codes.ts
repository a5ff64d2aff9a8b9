/** What the contract says of one error code. */
interface ProblemKind {
  readonly status: number;
  /** The same short sentence for every occurrence; what is particular goes into `detail`. */
  readonly title: string;
  /** Seconds for `Retry-After`, where trying again may help and the thrower knows no better figure. */
  readonly retryAfter?: number;
}

/**
 * Every error code that a client can receive. The table is part of the contract: rows are added once their code can
 * occur, and are then never changed or removed.
 * A `DomainError` whose code is not here is answered as a fault of ours.
 */
export const PROBLEM_CODES = {
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON' },
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  INVALID_IDEMPOTENCY_KEY: { status: 400, title: 'The idempotency key is not valid' },
  INVALID_HEADER: { status: 400, title: 'A header is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'Credentials are missing or not valid' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  EVENT_NOT_PUBLISHABLE: { status: 403, title: 'The event cannot be reported from outside' },
  NOT_FOUND: { status: 404, title: 'Nothing is here' },
  CART_NOT_FOUND: { status: 404, title: 'Cart not found' },
  VERSION_NOT_FOUND: { status: 404, title: 'Version not found' },
  ITEM_NOT_FOUND: { status: 404, title: 'Item not found' },
  PRODUCT_NOT_FOUND: { status: 404, title: 'Product not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  NOT_ACCEPTABLE: { status: 406, title: 'No acceptable representation' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  ACTIVE_CART_EXISTS: { status: 409, title: 'There is an open cart already' },
  CART_CLOSED: { status: 409, title: 'The cart is closed' },
  TOO_MUCH_CONTENTION: { status: 409, title: 'Too many changes at once' },
  VERSION_MISMATCH: { status: 412, title: 'The version is not the present one' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Media type not supported' },
  PRODUCT_NOT_SELLABLE: { status: 422, title: 'The product cannot be sold' },
  CURRENCY_MISMATCH: { status: 422, title: 'The currencies differ' },
  QUANTITY_OUT_OF_RANGE: { status: 422, title: 'The quantity is out of range' },
  ITEM_LIMIT_REACHED: { status: 422, title: 'The cart holds too many items' },
  AMOUNT_OUT_OF_RANGE: { status: 422, title: 'The amount is out of range' },
  EVENT_INVALID: { status: 422, title: 'The event is not valid' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key was used for another request' },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryAfter: 1 },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL_ERROR: { status: 500, title: 'The service failed' },
  OVERLOADED: { status: 503, title: 'The service cannot take the request now', retryAfter: 1 },
  VIEW_BEHIND: { status: 503, title: 'The view is not up to date yet', retryAfter: 1 },
} as const satisfies Record<string, ProblemKind>;

/** The name of an error in the contract. */
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** @returns whether `code` is in the contract */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEM_CODES, code);
}

/** @returns the row of the contract for `code`, with its optional columns */
export function problemKind(code: ProblemCode): ProblemKind {
  return PROBLEM_CODES[code];
}

/** @returns the URI that stands for `code` in `type`: a name, nothing to fetch, the same in every deployment */
export function problemType(code: string): string {
  return `urn:problem:cartwright:${code.toLowerCase().replaceAll('_', '-')}`;
}
