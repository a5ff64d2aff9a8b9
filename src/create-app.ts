import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Access } from './access/access.js';
import { trustIn } from './access/addresses.js';
import { followCallers } from './access/follow-callers.js';
import { IdempotencyGuard } from './access/idempotency.guard.js';
import { limitCallers } from './access/rate-limit.js';
import { RequestCounter } from './access/request-counter.js';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import type { Databases } from './database/databases.js';
import { createHttpAdapter } from './http/server/http-adapter.js';
import { configureHttp } from './http/server/http-application.js';
import { NestLogger } from './http/server/logging.js';
import { setupOpenApi } from './http/openapi/document.js';
import { serveOnly } from './http/server/serve-only.js';
import { Metrics } from './operations/metrics.js';

/**
 * Wires the service up, ready to listen.
 * @param extraModules run beside the service's own; the benches bring one to compare with
 */
export async function createApp(
  config: Config,
  databases: Pick<Databases, 'urls' | 'isAlone'>,
  logger: Logger,
  extraModules: NonNullable<ModuleMetadata['imports']> = [],
): Promise<NestFastifyApplication> {
  const { requestTimeout, trustedProxies, corsOrigins, maxWaitingCommands, rateLimit, roles } = config;
  const metrics = new Metrics();
  const onProblem = (code: string): void => {
    metrics.onProblem(code);
  };
  const adapter = createHttpAdapter({
    logger,
    trustProxy: trustIn(trustedProxies),
    receiveTimeout: requestTimeout,
    answerTimeout: requestTimeout,
    maxWaitingCommands,
    corsOrigins,
    onProblem,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  if (!roles.includes('web')) serveOnly(fastify, ['/health/', '/metrics']);
  const access = await Access.open(config.access, config.dataDir);
  const counter = rateLimit && new RequestCounter(rateLimit);
  followCallers(fastify, access, counter);
  if (counter !== undefined) limitCallers(fastify, counter);
  const service = AppModule.forRoot(config, databases, access, metrics);
  const app = await NestFactory.create<NestFastifyApplication>(
    { ...service, imports: [...(service.imports ?? []), ...extraModules] },
    adapter,
    {
      logger: new NestLogger(logger),
      abortOnError: false,
    },
  );
  app.useGlobalGuards(new IdempotencyGuard());
  configureHttp(app, { logger, onProblem });
  setupOpenApi(app, { isForDevelopment: config.environment === 'development' });
  return app;
}
