import { RequestMethod } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { FitBodyGuard } from '../validation/fit-body.guard.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import { API_PREFIX } from './route-options.js';
import { RequestValidationPipe } from '../validation/validation.js';

export interface HttpApplicationOptions {
  readonly logger: Logger;
  /** Told the code of every problem that is answered. */
  readonly onProblem?: (code: string) => void;
}

/**
 * Gives an application the manners of the HTTP contract: prefix, validation, problems. Call it before `init` or
 * `listen`, on an application that was created with `createHttpAdapter`.
 */
export function configureHttp(
  app: NestFastifyApplication,
  { logger, onProblem }: HttpApplicationOptions,
): void {
  app.setGlobalPrefix(API_PREFIX, {
    exclude: ['metrics', { path: 'health/*path', method: RequestMethod.ALL }],
  });
  app.useGlobalGuards(new FitBodyGuard());
  app.useGlobalPipes(new RequestValidationPipe(logger));
  app.useGlobalFilters(new ProblemFilter(logger, onProblem));
}
