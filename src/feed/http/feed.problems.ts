import { registerProblems, type ProblemKind } from '../../http/problems/problem-codes.js';

const FEED_PROBLEMS = {
  EVENT_NOT_PUBLISHABLE: { status: 403, title: 'The event cannot be reported from outside' },
  EVENT_INVALID: { status: 422, title: 'The event is not valid' },
} as const satisfies Record<string, ProblemKind>;

declare module '../../http/problems/problem-codes.js' {
  interface ProblemCodes {
    readonly feed: keyof typeof FEED_PROBLEMS;
  }
}

registerProblems(FEED_PROBLEMS);
