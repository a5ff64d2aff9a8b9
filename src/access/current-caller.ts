import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';

/**
 * The caller of the request in this context.
 * @throws Error outside of the API, where callers are not identified
 */
export function callerOf(context: ExecutionContext): Caller {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === undefined) throw new Error('This route is outside of the API, so its caller is not known.');
  return caller;
}

/**
 * Injects the id of the customer who calls, for routes that only customers may call.
 * @throws Error for any other caller
 */
export const CustomerId = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { type, id } = callerOf(context);
  if (type !== 'customer' || id === null)
    throw new Error('A caller other than a customer reached a route for customers: check its @MayCall.');
  return id;
});

/** Injects the caller of the request into a controller method. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  callerOf(context),
);
