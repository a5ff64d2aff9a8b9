import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import pg from 'pg';
import { AccessGuard } from '../../src/access/access.guard.js';
import { Access } from '../../src/access/access.js';
import { API_DESCRIPTION } from '../../src/api-description.js';
import { AccessModule } from '../../src/access/access.module.js';
import { followCallers } from '../../src/access/follow-callers.js';
import { CatalogModule } from '../../src/catalog/catalog.module.js';
import { loadConfig } from '../../src/config/config.js';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { openDatabases, type Databases } from '../../src/database/databases.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import {
  COMMAND_DATA_SOURCE,
  EventFeed,
  DurableCqrsModule,
  QUERY_DATA_SOURCE,
} from '../../src/event-sourcing/index.js';
import type { FeedOptions } from '../../src/feed/feed-options.js';
import { FeedModule } from '../../src/feed/feed.module.js';
import { EventStreams } from '../../src/feed/http/event-streams.js';
import { createHttpAdapter, type PipelineStep } from '../../src/http/server/http-adapter.js';
import { configureHttp } from '../../src/http/server/http-application.js';
import { createLogger, NestLogger } from '../../src/http/server/logging.js';
import { createOpenApiDocument } from '../../src/http/openapi/document.js';
import { DocumentedApi } from '../support/contract/documented-api.js';
import { ACCESS_ENV } from '../support/credentials.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { HttpClient } from '../support/http-client.js';

@Module({})
class FeedTestModule {}

/** Catalogue and feed in this process, listening, so that a test can look behind the scenes. */
export class FeedApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly origin: string,
    readonly http: HttpClient,
    /** Looks into the command database. */
    readonly database: pg.Client,
    private readonly opened: Databases,
    private readonly owned: readonly TestDatabase[],
  ) {}

  /** @param env about access, in the place of the tests' own */
  static async start(
    options: Partial<FeedOptions> = {},
    env: Record<string, string> = ACCESS_ENV,
  ): Promise<FeedApp> {
    const [command, query] = await Promise.all([
      createDatabase('feed_command', 'template_command'),
      createDatabase('feed_query', 'template_query'),
    ]);
    const urls = { COMMAND_DATABASE_URL: command.url, QUERY_DATABASE_URL: query.url };
    const config = loadConfig({ ...urls, CART_TOKEN_SECRETS: ACCESS_ENV.CART_TOKEN_SECRETS, ...env });
    const opened = await openDatabases(config, () => undefined);
    const logger = createLogger('silent');
    const access = await Access.open(config.access, config.dataDir);
    const callers: PipelineStep = (fastify) => {
      followCallers(fastify, access);
    };
    const adapter = createHttpAdapter({ logger, steps: [callers] });
    const app = await NestFactory.create<NestFastifyApplication>(
      {
        module: FeedTestModule,
        imports: [
          TypeOrmModule.forRoot({ name: COMMAND_DATA_SOURCE, ...commandDataSource(command.url) }),
          TypeOrmModule.forRoot({ name: QUERY_DATA_SOURCE, ...queryDataSource(query.url) }),
          DurableCqrsModule.forRoot({}),
          AccessModule.forRoot(access),
          CatalogModule,
          FeedModule.forRoot(options),
        ],
      },
      adapter,
      { logger: new NestLogger(logger), abortOnError: false },
    );
    configureHttp(app, { logger, guards: [new AccessGuard(app.get(Reflector))] });
    await app.listen(0, '127.0.0.1');
    const origin = await app.getUrl();
    const http = new HttpClient(origin, new DocumentedApi(createOpenApiDocument(app, API_DESCRIPTION)));
    const database = new pg.Client({ connectionString: command.url });
    await database.connect();
    return new FeedApp(app, origin, http, database, opened, [command, query]);
  }

  get commandDatabaseUrl(): string {
    return this.opened.urls.command;
  }

  get streams(): EventStreams {
    return this.app.get(EventStreams, { strict: false });
  }

  get feed(): EventFeed {
    return this.app.get(EventFeed, { strict: false });
  }

  /** Stores events of about `size` characters each, past the append function. */
  async fill(count: number, size: number): Promise<void> {
    await this.database.query(
      `INSERT INTO event_log
       SELECT nextval('event_position'), 'product-P' || n, 1, gen_random_uuid(), 'product.registered', 1,
              jsonb_build_object('sku', 'P' || n, 'name', repeat('x', $2), 'active', true,
                                 'price', '{"amount": 1, "currency": "EUR"}'::jsonb),
              '{"correlationId": "c", "causationId": "c", "commandId": "c", "actor": {"type": "system", "id": null}}', now()
         FROM generate_series(1, $1::int) AS n`,
      [count, size],
    );
    const { rows } = await this.database.query<{ top: number }>(
      'SELECT max(position)::float8 AS top FROM event_log',
    );
    await this.feed.reached(rows[0]?.top ?? 0, 30_000);
  }

  /** Ends the server alone, as the first step of a stop. */
  async closeServer(): Promise<void> {
    await (this.app.getHttpAdapter().close() as Promise<void>);
  }

  async leave(): Promise<void> {
    await this.http.abort();
    await this.database.end();
    this.app.getHttpServer().closeAllConnections();
    await this.app.close();
    await this.opened.close();
    await Promise.all(this.owned.map((database) => database.drop()));
  }
}
