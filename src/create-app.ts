import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import type { Config, DatabaseUrls } from './config.js';
import { withMessageContext } from './event-sourcing/index.js';
import { createHttpAdapter } from './http/http-adapter.js';
import { configureHttp } from './http/http-application.js';
import { NestLogger } from './http/logging.js';
import { setupOpenApi } from './http/openapi.js';

/**
 * Wires the service up, ready to listen.
 * @param extraModules run beside the service's own; the benches bring one to compare with
 */
export async function createApp(
  config: Config,
  databases: DatabaseUrls,
  logger: Logger,
  extraModules: NonNullable<ModuleMetadata['imports']> = [],
): Promise<NestFastifyApplication> {
  const adapter = createHttpAdapter({ logger, receiveTimeout: config.requestTimeout });
  followMessages(adapter.getInstance<FastifyInstance>());
  const service = AppModule.forRoot(config, databases);
  const app = await NestFactory.create<NestFastifyApplication>(
    { ...service, imports: [...(service.imports ?? []), ...extraModules] },
    adapter,
    {
      logger: new NestLogger(logger),
      abortOnError: false,
    },
  );
  configureHttp(app, { logger });
  setupOpenApi(app);
  return app;
}

/** Lets the events that a request leads to carry its id. */
function followMessages(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Who is asking becomes known once requests carry credentials; until then everybody is a guest.
    const actor = { type: 'guest', id: null };
    withMessageContext({ correlationId: request.id, causationId: request.id, actor }, done);
  });
}
