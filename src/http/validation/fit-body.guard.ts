import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnfitBody } from './json-body.js';
import { refuseBodyOfDelete, refuseQueryOfChange } from './no-query.js';

/** Refuses what no route can do anything with, once the guards before it have let the caller in. */
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
