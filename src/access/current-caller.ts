import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';

/**
 * Who sends the request of a context.
 * @throws Error outside of the API, where nobody is asked who they are
 */
export function callerOf(context: ExecutionContext): Caller {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === undefined) throw new Error('Nobody was asked for credentials on this route.');
  return caller;
}

/**
 * The customer who sends the request, for routes that nobody else may call.
 * @throws Error for any other caller
 */
export const CustomerId = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { type, id } = callerOf(context);
  if (type !== 'customer' || id === null) throw new Error('This route is open to others than customers.');
  return id;
});

/** Who sends the request. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  callerOf(context),
);
