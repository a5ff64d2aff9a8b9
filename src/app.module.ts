import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Access } from './access/access.js';
import { AccessModule } from './access/access.module.js';
import { CartModule } from './cart/cart.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import type { Config } from './config/config.js';
import { commandDataSource } from './database/command-data-source.js';
import type { Databases } from './database/databases.js';
import { queryDataSource } from './database/query-data-source.js';
import {
  COMMAND_DATA_SOURCE,
  DurableCqrsModule,
  QUERY_DATA_SOURCE,
  type Tracing,
} from './event-sourcing/index.js';
import { FeedModule, type KafkaReports } from './feed/feed.module.js';
import { KafkaModule } from './kafka/kafka.module.js';
import { Metrics } from './operations/metrics.js';
import { OperationsModule } from './operations/operations.module.js';

/** The whole service. */
@Module({})
export class AppModule {
  /**
   * @param databases with the newest schema; see `openDatabases`
   * @param metrics of the process
   * @param tracing records spans; nothing is traced unless given
   */
  static forRoot(
    config: Config,
    { urls, isAlone }: Pick<Databases, 'urls' | 'isAlone'>,
    access: Access,
    metrics = new Metrics(),
    tracing?: Tracing,
  ): DynamicModule {
    const kafka = config.kafka && KafkaModule.forRoot(config.kafka);
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({ name: COMMAND_DATA_SOURCE, ...commandDataSource(urls.command) }),
        TypeOrmModule.forRoot({ name: QUERY_DATA_SOURCE, ...queryDataSource(urls.query) }),
        DurableCqrsModule.forRoot({
          isAlone,
          // Only processes that answer queries read them.
          queryReplicas: config.roles.includes('web') ? config.queryReplicaUrls : [],
          cli: 'npm run handlers --',
          runsHandlers: config.roles.includes('handlers'),
          runsCommands: config.roles.includes('commands'),
          monitor: metrics,
          ...(tracing && { tracing }),
        }),
        AccessModule.forRoot(access),
        CatalogModule,
        CartModule.forRoot(
          { maxItems: config.maxItemsPerCart, maxQuantity: config.maxQuantity },
          config.cartAbandonAfter,
        ),
        FeedModule.forRoot({}, reportsOf(config, kafka, metrics)),
        ...(kafka ? [kafka] : []),
        OperationsModule.forRoot(metrics, config.roles),
      ],
    };
  }
}

/** Reports are consumed where handlers run. */
function reportsOf(
  { kafka: settings, reportTopic, roles }: Config,
  kafka: DynamicModule | undefined,
  { registry }: Metrics,
): KafkaReports | undefined {
  if (!settings || !kafka || !reportTopic || !roles.includes('handlers')) return undefined;
  return { kafka, topic: reportTopic, topics: settings.relay, registry };
}
