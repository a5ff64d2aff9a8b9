import { applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiCallers, type CallerKind } from '../http/openapi/callers.js';

/** What {@link MayCall} leaves for `AccessGuard`. */
export const Admitted = Reflector.createDecorator<readonly CallerKind[]>();

/**
 * Says who may call a route (or all of a controller), and has the OpenAPI document say so. `guest` stands for whoever sends an
 * `X-Cart-Token`: whether it opens the cart is for the cart to say, as it is for a customer. `anybody` needs no
 * credentials; bad ones are refused all the same. What names nobody is called by nobody.
 */
export function MayCall(...callers: [CallerKind, ...CallerKind[]]): MethodDecorator & ClassDecorator {
  return applyDecorators(Admitted(callers), ApiCallers(...callers));
}
