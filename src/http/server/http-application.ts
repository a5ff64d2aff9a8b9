import { RequestMethod, type CanActivate } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { FitBodyGuard } from '../validation/fit-body.guard.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import { API_PREFIX } from './route-options.js';
import { RequestValidationPipe } from '../validation/validation.js';

export interface HttpApplicationOptions {
  readonly logger: Logger;
  /** They run in this order, before the check of the body. */
  readonly guards?: readonly CanActivate[];
  /** Called with the code of every problem that is answered. */
  readonly onProblem?: (code: string) => void;
}

/**
 * Builds the second half of the pipeline of requests: guards, the check of the body, and the filter for errors.
 * @param app created with `createHttpAdapter`, and not initialised yet
 */
export function configureHttp(
  app: NestFastifyApplication,
  { logger, guards = [], onProblem }: HttpApplicationOptions,
): void {
  app.setGlobalPrefix(API_PREFIX, {
    exclude: ['metrics', { path: 'health/*path', method: RequestMethod.ALL }],
  });
  app.useGlobalGuards(...guards, new FitBodyGuard());
  app.useGlobalPipes(new RequestValidationPipe(logger));
  app.useGlobalFilters(new ProblemFilter(logger, onProblem));
}
