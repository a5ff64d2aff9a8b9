import type { Answer } from './http-client.js';

/** The body of an error, RFC 9457 with the contract's own members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly traceId: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly message: string }[];
  readonly [data: string]: unknown;
}

/** What never shows in an answer: stacks, files, SQL, libraries. */
const INSIDES = /\bat .+:\d+|\.[jt]s\b|node_modules|SELECT |INSERT |QueryFailed|typeorm|postgres|pg_|Error:/i;

/**
 * Checks that an answer is the refusal that the contract names, in the shape that the contract gives it.
 * @param expected status and code, as in `409 CART_CLOSED`
 * @returns the problem, to look at what is particular to it
 */
export function expectProblem(answer: Answer, expected: string): Problem {
  const problem = (answer.body ?? {}) as Problem;
  expect(`${answer.status} ${problem.code}`).toBe(expected);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
  expect(problem).toMatchObject({
    type: `urn:problem:cartwright:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.stringMatching(/\w/) as string,
    status: answer.status,
    detail: expect.stringMatching(/\w/) as string,
    instance: expect.stringMatching(/^\//) as string,
    traceId: answer.headers['x-request-id'],
  });
  expect(problem.traceId).toMatch(/^[!-~]{1,128}$/);
  expect(`${problem.title} ${problem.detail} ${JSON.stringify(problem.errors ?? [])}`).not.toMatch(INSIDES);
  return problem;
}

/** The places that a problem points at. */
export function pointersOf(problem: Problem): string[] {
  return (problem.errors ?? []).map(({ pointer }) => pointer);
}
