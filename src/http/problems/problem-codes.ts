import type { SchemaObject } from '../openapi/operations.js';

/** The contract of one error code. */
export interface ProblemKind {
  readonly status: number;
  /** The same short sentence for every occurrence; `detail` describes the particular one. */
  readonly title: string;
  /** Seconds for `Retry-After` if a retry may help; the error that is thrown can have a better figure. */
  readonly retryAfter?: number;
  /** Whether the answer is kept for repeats of the request with its idempotency key. By default, the status decides. */
  readonly isKept?: boolean;
  /** The data of the example in the OpenAPI document. */
  readonly example?: Readonly<Record<string, unknown>>;
}

/** Codes of the HTTP layer itself. */
const HTTP_PROBLEMS = {
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON' },
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    example: { errors: [{ pointer: '/quantity', code: 'IS_INT', message: 'must be an integer number' }] },
  },
  INVALID_IDEMPOTENCY_KEY: { status: 400, title: 'The idempotency key is not valid' },
  INVALID_HEADER: { status: 400, title: 'A header is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'Credentials are missing or not valid' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Nothing is here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  NOT_ACCEPTABLE: { status: 406, title: 'No acceptable representation' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  // A repeat may succeed, because the contention may be over.
  TOO_MUCH_CONTENTION: { status: 409, title: 'Too many changes at once', isKept: false },
  VERSION_MISMATCH: {
    status: 412,
    title: 'The version is not the present one',
    example: { currentVersion: 13 },
  },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Media type not supported' },
  // It refuses the key itself, so it is not an answer to keep for the key.
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key was used for another request',
    isKept: false,
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryAfter: 1 },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL_ERROR: { status: 500, title: 'The service failed' },
  OVERLOADED: { status: 503, title: 'The service cannot take the request now', retryAfter: 1 },
} as const satisfies Record<string, ProblemKind>;

/**
 * The codes, by the part of the service that owns them. A feature declares its own here and registers them:
 *
 * ```ts
 * const PARCEL_PROBLEMS = { PARCEL_NOT_FOUND: { status: 404, title: 'Parcel not found' } } as const;
 * declare module '../../http/problems/problem-codes.js' {
 *   interface ProblemCodes { readonly parcels: keyof typeof PARCEL_PROBLEMS }
 * }
 * registerProblems(PARCEL_PROBLEMS);
 * ```
 */
export interface ProblemCodes {
  readonly http: keyof typeof HTTP_PROBLEMS;
}

/** The name of an error in the contract. */
export type ProblemCode = ProblemCodes[keyof ProblemCodes];

const kinds = new Map<string, ProblemKind>();
const members: Record<string, SchemaObject> = {};

/**
 * Adds error codes to the contract. A published code is never changed or removed. A `DomainError` whose code is not
 * registered is answered `INTERNAL_ERROR`.
 * @param added the codes, as the feature has declared them in {@link ProblemCodes}
 * @param data members of the answers beside the standard ones, with their schemas
 * @throws Error for a code that another part has registered
 */
export function registerProblems(
  added: Readonly<Record<string, ProblemKind>>,
  data: Readonly<Record<string, SchemaObject>> = {},
): void {
  for (const [code, kind] of Object.entries(added)) {
    if (kinds.has(code)) throw new Error(`The problem code ${code} is registered twice: rename one of them.`);
    kinds.set(code, kind);
  }
  Object.assign(members, data);
}

/** @returns every registered code, in the order of registration */
export function problemCodes(): readonly ProblemCode[] {
  return [...kinds.keys()] as ProblemCode[];
}

/** @returns the schemas of all members that answers may have beside the standard ones */
export function problemMembers(): Readonly<Record<string, SchemaObject>> {
  return members;
}

/** @returns whether `code` is in the contract */
export function isProblemCode(code: string): code is ProblemCode {
  return kinds.has(code);
}

/**
 * @returns the contract of `code`
 * @throws Error when its feature has declared it but not registered it
 */
export function problemKind(code: ProblemCode): ProblemKind {
  const kind = kinds.get(code);
  if (kind === undefined) throw new Error(`The problem code ${code} is declared but not registered.`);
  return kind;
}

/** @returns the URI of `code` for the member `type`: a name that cannot be fetched, the same in every deployment */
export function problemType(code: string): string {
  return `urn:problem:cartwright:${code.toLowerCase().replaceAll('_', '-')}`;
}

registerProblems(HTTP_PROBLEMS, {
  currentVersion: {
    type: 'integer',
    format: 'int64',
    minimum: 0,
    description: 'VERSION_MISMATCH: the present version.',
  },
});
