import { isProblemCode, problemKind, problemType, type ProblemCode } from './problem-codes.js';

/** One thing that is wrong with a request, and where. */
export interface FieldError {
  /** RFC 6901 JSON pointer into the body, or `/<name>` of a query parameter. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** What an error is to become on the wire, before it knows the request it answers. */
export interface ProblemDescription {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** What mends the request; becomes members of the body. `retryAfter` (seconds) becomes `Retry-After`, too. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

type Particulars = Pick<ProblemDescription, 'errors' | 'data' | 'headers'>;

/** A refusal by the HTTP layer itself: the request never reached the domain. */
export class HttpProblem extends Error {
  readonly particulars: Particulars;

  /**
   * @param code settles the status and the title
   * @param detail one sentence on this occurrence, safe to show to the caller
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

/** @returns the description of a problem of the contract, with its `Retry-After` where it has one */
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
 * @param target the request target as sent; its path becomes `instance`
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

/** The path alone, made a valid URI reference: it may come from a request target that was refused as malformed. */
function instanceOf(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1);
  return path.replace(/%(?![0-9a-f]{2})|[^\x21-\x7e]|["<>\\^`{|}]/gi, encodeURIComponent);
}
