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
 * Turns everything that is thrown while a request is served into an RFC 9457 answer. Only our own faults (500) are
 * logged as errors, with the stack and the trace id that the caller sees.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param onProblem called with the code of every problem that is answered */
  constructor(
    private readonly log: Logger,
    private readonly onProblem: (code: string) => void = () => undefined,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The same for requests that Fastify refuses before Nest is reached, such as a path that cannot be decoded. */
  answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = problemOf(exception);
    this.onProblem(problem.code);
    const context = { traceId: request.id, code: problem.code, method: request.method, url: request.url };
    // An internal error is never a replayed answer.
    if (problem.status >= 500) reply.removeHeader(IDEMPOTENT_REPLAYED_HEADER);
    if (problem.status === 500) {
      this.log.error({ ...context, err: exception }, 'request failed');
    } else {
      this.log.debug(context, problem.detail);
    }
    if (reply.sent || reply.raw.headersSent) {
      // Part of an answer has been sent. Closing the connection is the only way to show that it is incomplete.
      reply.raw.destroy();
      return;
    }
    const body = problemBody(problem, request.id, request.raw.url ?? '/');
    // Fastify would close the connection after it refuses a body, and a caller that still sends would get a reset
    // instead of the answer. On an open connection, Node discards the rest, within the time for a request to arrive.
    reply
      .removeHeader('connection')
      .code(problem.status)
      .headers({ ...problem.headers, [REQUEST_ID_HEADER]: request.id })
      .type(PROBLEM_MEDIA_TYPE)
      .send(body);
  }
}
