import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { IDEMPOTENT_REPLAYED_HEADER } from '../headers/idempotency-key.js';
import { problemOf } from './problem-of.js';
import { problemBody } from './problem.js';
import { REQUEST_ID_HEADER } from '../server/request-id.js';

/** The media type of every error answer. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/**
 * Turns everything that is thrown while a request is served into one RFC 9457 answer. Refusals are answers; only
 * faults of ours (500) go to the log as errors, with the trace id that the caller sees and the stack.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param onProblem told the code of every problem that is answered */
  constructor(
    private readonly log: Logger,
    private readonly onProblem: (code: string) => void = () => undefined,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The same for what Fastify refuses before Nest is reached, such as a path that cannot be decoded. */
  answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = problemOf(exception);
    this.onProblem(problem.code);
    const context = { traceId: request.id, code: problem.code, method: request.method, url: request.url };
    // Whatever came before, a fault is no answer of the first time.
    if (problem.status >= 500) reply.removeHeader(IDEMPOTENT_REPLAYED_HEADER);
    if (problem.status === 500) {
      this.log.error({ ...context, err: exception }, 'request failed');
    } else {
      this.log.debug(context, problem.detail);
    }
    if (reply.sent || reply.raw.headersSent) {
      // Part of an answer is out already: cutting it off is the only way left to say that it is not whole.
      reply.raw.destroy();
      return;
    }
    const body = problemBody(problem, request.id, request.raw.url ?? '/');
    // Fastify closes the connection on a body it refuses: a caller that is still sending would meet a reset instead of
    // the answer. Left open, Node reads the rest and throws it away, for as long as a request may take to arrive.
    reply
      .removeHeader('connection')
      .code(problem.status)
      .headers({ ...problem.headers, [REQUEST_ID_HEADER]: request.id })
      .type(PROBLEM_MEDIA_TYPE)
      .send(body);
  }
}
