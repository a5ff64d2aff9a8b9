import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problems/problem.js';
import type { Caller } from './caller.js';
import type { CallerKind } from './access.docs.js';
import { Admitted } from './may-call.js';

type Route = Pick<ExecutionContext, 'getClass' | 'getHandler'>;

/** Admits to a route only the callers that its `@MayCall` names. */
@Injectable()
export class AccessGuard implements CanActivate {
  /** By controller, then by handler, because controllers may inherit the same handler. */
  private readonly admitted = new WeakMap<object, WeakMap<object, readonly CallerKind[]>>();

  constructor(private readonly reflector: Reflector) {}

  /** @throws HttpProblem `UNAUTHENTICATED`, `FORBIDDEN` */
  canActivate(context: ExecutionContext): true {
    const { caller, refusal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (refusal !== undefined) throw refusal;
    if (!isAdmitted(caller, this.admittedTo(context))) throw turnedAway(caller);
    return true;
  }

  private admittedTo(route: Route): readonly CallerKind[] {
    const controller = route.getClass();
    const handler = route.getHandler();
    const routes = this.admitted.get(controller) ?? new WeakMap<object, readonly CallerKind[]>();
    const known = routes.get(handler);
    if (known !== undefined) return known;
    // A route without the decorator admits nobody, so that forgetting it opens nothing.
    const named = this.reflector.getAllAndOverride<readonly CallerKind[] | undefined>(Admitted.KEY, [
      handler,
      controller,
    ]);
    const kinds = named ?? [];
    this.admitted.set(controller, routes.set(handler, kinds));
    return kinds;
  }
}

function isAdmitted(caller: Caller | undefined, admitted: readonly CallerKind[]): boolean {
  if (admitted.includes('anybody')) return true;
  if (caller === undefined) return false;
  if (caller.isService && admitted.includes('service')) return true;
  if (!admitted.includes(caller.type)) return false;
  return caller.type !== 'guest' || caller.hasCartToken;
}

function turnedAway(caller: Caller | undefined): HttpProblem {
  if (caller !== undefined && caller.type !== 'guest') {
    return new HttpProblem('FORBIDDEN', `This is not for callers of the kind "${caller.type}".`);
  }
  return new HttpProblem(
    'UNAUTHENTICATED',
    'Credentials are needed here, and none of a fitting kind were sent.',
    {
      headers: { 'www-authenticate': 'Bearer' },
    },
  );
}
