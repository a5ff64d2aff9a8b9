import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../../http/problems/problem.js';

export const LAST_EVENT_ID_HEADER = 'last-event-id';
const POSITION = /^\d{1,16}$/;

/** The position of `Last-Event-ID`; `undefined` if it was not sent. It throws `INVALID_HEADER` for anything else. */
export const LastEventId = createParamDecorator(
  (_data: unknown, context: ExecutionContext): number | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers[LAST_EVENT_ID_HEADER];
    if (header === undefined) return undefined;
    if (typeof header === 'string' && POSITION.test(header) && Number.isSafeInteger(Number(header)))
      return Number(header);
    throw new HttpProblem('INVALID_HEADER', 'Last-Event-ID must be the id of an event of this stream.');
  },
);
