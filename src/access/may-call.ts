import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiCallers, type CallerKind } from './access.docs.js';

/** Metadata of {@link MayCall} for `AccessGuard`. */
export const Admitted = Reflector.createDecorator<readonly CallerKind[]>();

/**
 * Declares who may call a route (or all routes of a controller), for the guard and for the OpenAPI document. `guest` is
 * everybody who sends an `X-Cart-Token`: the cart decides later whether the token opens it. `anybody` needs no
 * credentials, but invalid ones are refused. A route without this decorator admits nobody.
 */
export function MayCall(...callers: [CallerKind, ...CallerKind[]]): MethodDecorator & ClassDecorator {
  return applyDecorators(Admitted(callers), ApiCallers(...callers));
}
