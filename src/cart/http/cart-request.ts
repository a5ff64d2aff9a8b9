import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { NIL } from 'uuid';
import type { Caller } from '../../access/caller.js';
import { callerOf } from '../../access/current-caller.js';
import { changeConditionOf } from '../../http/headers/conditions.js';
import { HttpProblem } from '../../http/problems/problem.js';
import type { CartTarget } from '../write-side/cart-writer.js';
import type { CartKey } from '../domain/cart-access.js';

type CartRequest = FastifyRequest<{ Params: { cartId?: string } }>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const VERSION = /^\d{1,15}$/;
/** The request header with the version that the cart must have reached. */
export const MIN_VERSION_HEADER = 'x-min-version';
/** The highest version that `X-Min-Version` can name. */
export const MAX_MIN_VERSION = 999_999_999_999_999;

/**
 * @returns the id in lower case. A malformed id becomes the nil UUID, which nothing has. So it is answered like any
 *   unknown id, after all other checks of the request.
 */
export function knownForm(id: string): string {
  return UUID.test(id) ? id.toLowerCase() : NIL;
}

/** Normalises an id of the path. */
export class IdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    return knownForm(id);
  }
}

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<CartRequest>();

function keyOf(caller: Caller, cartId: string): CartKey {
  if (caller.isStaff) return 'master';
  return { customerId: caller.id, hasToken: caller.holdsTokenOf(cartId) };
}

/** Injects the cart of the path, the caller's key to it, and the condition on its version. */
export const Target = createParamDecorator((_data: unknown, context: ExecutionContext): CartTarget => {
  const request = requestOf(context);
  const cartId = knownForm(request.params.cartId ?? '');
  return { cartId, key: keyOf(callerOf(context), cartId), condition: changeConditionOf(request) };
});

/** Injects the version of `X-Min-Version`; `undefined` if it was not sent. */
export const MinVersion = createParamDecorator(
  (_data: unknown, context: ExecutionContext): number | undefined => {
    const header = requestOf(context).headers[MIN_VERSION_HEADER];
    if (header === undefined) return undefined;
    if (typeof header === 'string' && VERSION.test(header)) return Number(header);
    throw new HttpProblem('INVALID_HEADER', 'X-Min-Version must be the version of a cart, such as 12.');
  },
);
