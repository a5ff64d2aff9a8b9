import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UnfitBody } from './json-body.js';

/** Refuses bodies that no route can do anything with, once the guards before it have let the caller in. */
@Injectable()
export class FitBodyGuard implements CanActivate {
  /** @throws HttpProblem `VALIDATION_FAILED` */
  canActivate(context: ExecutionContext): true {
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    if (body instanceof UnfitBody) throw body.problem;
    return true;
  }
}
