import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problems/problem.js';
import type { Caller } from './caller.js';
import type { CallerKind } from './access.docs.js';
import { Admitted } from './may-call.js';

/** Admits to a route only the callers that its `@MayCall` names. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  /** @throws HttpProblem `UNAUTHENTICATED`, `FORBIDDEN` */
  canActivate(context: ExecutionContext): true {
    const { caller, refusal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (refusal !== undefined) throw refusal;
    const places = [context.getHandler(), context.getClass()];
    // A route without the decorator admits nobody, so that forgetting it opens nothing.
    const admitted = this.reflector.getAllAndOverride<readonly CallerKind[] | undefined>(
      Admitted.KEY,
      places,
    );
    if (!isAdmitted(caller, admitted ?? [])) throw turnedAway(caller);
    return true;
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
