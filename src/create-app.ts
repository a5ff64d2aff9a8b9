import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AccessGuard } from './access/access.guard.js';
import { Access, CART_TOKEN_HEADER } from './access/access.js';
import { trustIn } from './access/addresses.js';
import { followCallers } from './access/follow-callers.js';
import { IdempotencyGuard } from './access/idempotency.guard.js';
import { limitCallers } from './access/rate-limit.js';
import { RequestCounter } from './access/request-counter.js';
import { API_DESCRIPTION, hintFor } from './api-description.js';
import { AppModule } from './app.module.js';
import { asyncApiContent } from './async-api-description.js';
import { MIN_VERSION_HEADER } from './cart/http/cart-request.js';
import type { Config } from './config/config.js';
import type { Databases } from './database/databases.js';
import { EventLog, EventRegistry } from './event-sourcing/index.js';
import { LAST_EVENT_ID_HEADER } from './feed/http/last-event-id.js';
import { createHttpAdapter, type PipelineStep } from './http/server/http-adapter.js';
import { configureHttp } from './http/server/http-application.js';
import { NestLogger } from './http/server/logging.js';
import { setupAsyncApi } from './http/asyncapi/serve.js';
import { setupOpenApi } from './http/openapi/document.js';
import { refuseAll } from './http/server/refuse-all.js';
import { serveOnly } from './http/server/serve-only.js';
import type { Tracing } from './event-sourcing/index.js';
import { Metrics } from './operations/metrics.js';
import { traceRequests } from './tracing/http-spans.js';

/** Request headers of features, which web pages may send as well. */
const HEADERS_OF_FEATURES = ['authorization', CART_TOKEN_HEADER, MIN_VERSION_HEADER, LAST_EVENT_ID_HEADER];

/** What callers are told when the log has lost events. Operators find the reason in the log of the service. */
const LOG_HAS_FAILED =
  'The event log has lost events, so the service has stopped until an operator decides how to go on. Nothing was changed.';

/**
 * Builds the service, ready to listen.
 * @param extraModules run beside the service's own; benches use one for comparison
 * @param tracing records spans; nothing is traced unless given
 */
export async function createApp(
  config: Config,
  databases: Pick<Databases, 'urls' | 'isAlone'>,
  logger: Logger,
  extraModules: NonNullable<ModuleMetadata['imports']> = [],
  tracing?: Tracing,
): Promise<NestFastifyApplication> {
  const metrics = new Metrics();
  const onProblem = (code: string): void => {
    metrics.onProblem(code);
  };
  const access = await Access.open(config.access, config.dataDir);
  const adapter = createHttpAdapter({
    logger,
    trustProxy: trustIn(config.trustedProxies),
    receiveTimeout: config.requestTimeout,
    answerTimeout: config.requestTimeout,
    maxWaitingCommands: config.maxWaitingCommands,
    corsOrigins: config.corsOrigins,
    corsHeaders: HEADERS_OF_FEATURES,
    firstStep: tracing && traceRequests(tracing),
    steps: callerStepsOf(config, access),
    onProblem,
  });
  const service = AppModule.forRoot(config, databases, access, metrics, tracing);
  const app = await NestFactory.create<NestFastifyApplication>(
    { ...service, imports: [...(service.imports ?? []), ...extraModules] },
    adapter,
    { logger: new NestLogger(logger), abortOnError: false },
  );
  const log = app.get(EventLog);
  refuseAll(adapter.getInstance(), () => log.failure && LOG_HAS_FAILED, ['projections']);
  // A key counts for its caller alone, who is admitted first.
  const guards = [new AccessGuard(app.get(Reflector)), new IdempotencyGuard()];
  configureHttp(app, { logger, guards, onProblem });
  setupOpenApi(app, API_DESCRIPTION, hintFor(config));
  setupAsyncApi(app, () => asyncApiContent(app.get(EventRegistry), config));
  return app;
}

/** The steps of the pipeline that are about callers, in order: which paths are served, who calls, and how often. */
function callerStepsOf({ roles, rateLimit }: Config, access: Access): PipelineStep[] {
  const counter = rateLimit && new RequestCounter(rateLimit);
  const callers: PipelineStep = (fastify) => {
    followCallers(fastify, access, counter);
    if (counter !== undefined) limitCallers(fastify, counter);
  };
  if (roles.includes('web')) return [callers];
  return [
    (fastify) => {
      serveOnly(fastify, ['/health/', '/metrics']);
    },
    callers,
  ];
}
