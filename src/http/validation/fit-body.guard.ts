import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnfitBody } from './json-body.js';
import { refuseBodyOfDelete, refuseQueryOfChange } from './no-query.js';

/** Refuses bodies and queries that no route accepts, once the guards before it have admitted the caller. */
@Injectable()
export class FitBodyGuard implements CanActivate {
  /** @throws HttpProblem `VALIDATION_FAILED` */
  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    refuseQueryOfChange(request);
    if (request.body instanceof UnfitBody) throw request.body.problem;
    refuseBodyOfDelete(request);
    return true;
  }
}
