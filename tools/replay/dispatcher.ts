import { performance } from 'node:perf_hooks';
import { type Answer, errorCode } from './client.js';
import { ReplayError } from './errors.js';
import type { Expectation } from './expectation.js';
import { brief } from './json.js';
import type { Tally } from './tally.js';

/** A service that answers this often with what it must not is not worth hearing out. */
const GIVE_UP_AFTER = 100;

/** Sends commands one by one, times them, and holds each answer against what was expected. */
export class Dispatcher {
  constructor(
    private readonly tally: Tally,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @param kind what the command is counted as
   * @param label names the command in the report
   * @returns the answer where it is the expected one, else undefined: then it is in the tally as unexpected
   * @throws ReplayError when interrupted, or when there were too many unexpected answers
   */
  async send(
    kind: string,
    label: string,
    expected: Expectation,
    request: () => Promise<Answer>,
  ): Promise<Answer | undefined> {
    this.checkpoint();
    const start = performance.now();
    const answer = await attempt(request);
    this.tally.countSent(kind, performance.now() - start);
    if (answer instanceof Error) {
      this.unexpected(`${label}: ${missing(answer)}`);
      return undefined;
    }
    const code = answer.status < 400 ? undefined : errorCode(answer);
    if (answer.status !== expected.status || code !== expected.code) {
      const wanted = [expected.status, expected.code].join(' ').trim();
      this.unexpected(`${label}: expected ${wanted}, got ${answer.status} ${brief(answer.body)}`);
      return undefined;
    }
    if (code === undefined) {
      this.tally.accepted += 1;
    } else {
      this.tally.countRefused(code);
    }
    return answer;
  }

  /**
   * Asks for something that changes nothing. Not timed, and not counted as a command.
   *
   * @returns the answer, or undefined where there was none: then it is in the tally as unexpected
   * @throws ReplayError as {@link send}
   */
  async ask(label: string, request: () => Promise<Answer>): Promise<Answer | undefined> {
    this.checkpoint();
    const answer = await attempt(request);
    if (answer instanceof Error) {
      this.unexpected(`${label}: ${missing(answer)}`);
      return undefined;
    }
    return answer;
  }

  /** Puts down what should not have happened. */
  unexpected(line: string): void {
    this.tally.unexpected.push(line);
  }

  private checkpoint(): void {
    if (this.signal.aborted) {
      throw new ReplayError('interrupted', 130);
    }
    if (this.tally.unexpected.length >= GIVE_UP_AFTER) {
      throw new ReplayError(`gave up after ${GIVE_UP_AFTER} unexpected answers`, 1);
    }
  }
}

async function attempt(request: () => Promise<Answer>): Promise<Answer | Error> {
  try {
    return await request();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function missing(error: Error): string {
  const code = 'code' in error ? `${String(error.code)} ` : '';
  return `no answer: ${code}${error.message}`;
}
