import { isProblemCode, problemKind, problemType, type ProblemCode } from './problem-codes.js';

/** One fault of a request, and its place. */
export interface FieldError {
  /** RFC 6901 JSON pointer into the body, or `/<name>` of a query parameter. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** An error answer without the parts that depend on the request. */
export interface ProblemDescription {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /**
   * Data that help to correct the request; they become members of the body. `retryAfter` (seconds) also becomes the
   * header `Retry-After`.
   */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

type Particulars = Pick<ProblemDescription, 'errors' | 'data' | 'headers'>;

/** A refusal by the HTTP layer, before the request reaches the domain. */
export class HttpProblem extends Error {
  readonly particulars: Particulars;

  /**
   * @param code determines the status and the title
   * @param detail a sentence about this occurrence; the caller sees it
   * @param options `errors`, `data` and `headers` of the answer, and the `cause` for the log
   */
  constructor(
    readonly code: ProblemCode,
    detail: string,
    { cause, ...particulars }: Particulars & { readonly cause?: unknown } = {},
  ) {
    super(detail, { cause });
    this.name = 'HttpProblem';
    this.particulars = particulars;
  }
}

/** @returns the description of a problem of the contract, with its `Retry-After` if it has one */
export function describeProblem(
  code: ProblemCode,
  detail: string,
  { errors, data, headers }: Particulars = {},
): ProblemDescription {
  const { status, title, retryAfter } = problemKind(code);
  const seconds = typeof data?.['retryAfter'] === 'number' ? Math.ceil(data['retryAfter']) : retryAfter;
  return {
    code,
    status,
    title,
    detail,
    ...(errors === undefined ? {} : { errors }),
    ...(data === undefined ? {} : { data }),
    headers: { ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }), ...headers },
  };
}

/**
 * @param problem what went wrong
 * @param traceId the id of the request
 * @param target the request target as sent; its path is `instance`
 * @returns the text of an `application/problem+json` answer; `data` cannot overwrite the standard members
 */
export function problemBody(problem: ProblemDescription, traceId: string, target: string): string {
  const standard = {
    type: isProblemCode(problem.code) ? problemType(problem.code) : 'about:blank',
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: instanceOf(target),
    code: problem.code,
    traceId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
  return JSON.stringify({ ...standard, ...problem.data, ...standard });
}

/** The path as a valid URI reference, even if the request target was malformed. */
function instanceOf(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1);
  return path.replace(/%(?![0-9a-f]{2})|[^\x21-\x7e]|["<>\\^`{|}]/gi, encodeURIComponent);
}
