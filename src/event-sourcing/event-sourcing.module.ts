import {
  Logger,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CqrsModule, EventBus } from '@nestjs/cqrs';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DurableEventBus } from './bus/durable-event-bus.js';
import { EventRegistry, type EventDefinitions } from './kernel/event-registry.js';
import { EventLog } from './log/event-log.js';
import { SettledLog } from './log/settled-log.js';
import { EventStore } from './store/event-store.js';
import { StateCache } from './store/state-cache.js';
import { SubscriptionRunner } from './subscriptions/subscription-runner.js';
import { ViewWatch } from './subscriptions/view-watch.js';

export interface EventSourcingOptions {
  /** URL of the command database. */
  readonly commandDatabaseUrl: string;
  /** Batches of appends on their way at once; 2 by default. More help where a commit takes long. */
  readonly maxBatchesInFlight?: number;
  /** Appends in one batch; 256 by default. */
  readonly maxBatchSize?: number;
  /** How long an append may wait for a database that is out of reach, in milliseconds; 5,000 by default. */
  readonly patienceMs?: number;
  /** Number of events whose folded states are kept in memory; 250,000 by default. */
  readonly cachedEvents?: number;
}

export interface EventSourcingAsyncOptions {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
}

const OPTIONS = Symbol('event-sourcing options');

/** Names of the TypeORM data sources that the application provides. */
export const COMMAND_DATA_SOURCE = 'command';
export const QUERY_DATA_SOURCE = 'query';

/**
 * `@nestjs/cqrs` made durable: import it once with `forRootAsync`, in the place of CqrsModule, and register each feature's
 * events with `forFeature`. It expects two TypeORM data sources, named `command` and `query`.
 */
@Module({})
export class EventSourcingModule implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly log: EventLog,
    private readonly settled: SettledLog,
    private readonly runner: SubscriptionRunner,
    private readonly modules: ModulesContainer,
  ) {}

  static forRootAsync(options: EventSourcingAsyncOptions): DynamicModule {
    const cqrs = CqrsModule.forRoot();
    return {
      module: EventSourcingModule,
      global: true,
      // Providers of a dynamic module come after those of its class, so this EventBus is the one that counts.
      imports: [
        { ...cqrs, providers: [...(cqrs.providers ?? []), { provide: EventBus, useClass: DurableEventBus }] },
      ],
      providers: [
        {
          provide: OPTIONS,
          useFactory: options.useFactory,
          ...(options.inject && { inject: options.inject }),
        },
        EventRegistry,
        ViewWatch,
        LOG,
        SETTLED_LOG,
        { provide: StateCache, useFactory: createCache, inject: [EventLog, SettledLog, OPTIONS] },
        {
          provide: EventStore,
          useFactory: (log: EventLog, cache: StateCache) => new EventStore(log, cache),
          inject: [EventLog, StateCache],
        },
        RUNNER,
      ],
      exports: [EventRegistry, EventLog, SettledLog, EventStore, SubscriptionRunner, ViewWatch],
    };
  }

  /** Registers the events of a feature. */
  static forFeature(definitions: EventDefinitions): DynamicModule {
    return { module: EventFeatureModule, providers: [{ provide: DEFINITIONS, useValue: definitions }] };
  }

  /** Here, when all is wired up: a log that is followed keeps the process alive. */
  async onModuleInit(): Promise<void> {
    const cqrsModules = [...this.modules.values()].filter(({ metatype }) => metatype === CqrsModule);
    if (cqrsModules.length > 1) {
      throw new Error(
        'CqrsModule is imported a second time, and the buses of that one are not durable: leave it out, EventSourcingModule serves all modules.',
      );
    }
    await this.settled.start();
  }

  /** Handlers end first, while their databases are there; then the log, when nobody appends any more. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.runner.stop();
    await this.settled.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}

const DEFINITIONS = Symbol('event definitions');

@Module({
  providers: [
    {
      provide: 'registered',
      useFactory: (registry: EventRegistry, definitions: EventDefinitions) => {
        registry.register(definitions);
      },
      inject: [EventRegistry, DEFINITIONS],
    },
  ],
})
class EventFeatureModule {}

const LOG: FactoryProvider<EventLog> = {
  provide: EventLog,
  useFactory: (options: EventSourcingOptions, registry: EventRegistry) => {
    const logger = new Logger(EventLog.name);
    return new EventLog(
      {
        connectionString: options.commandDatabaseUrl,
        maxBatchesInFlight: options.maxBatchesInFlight ?? 2,
        maxBatchSize: options.maxBatchSize ?? 256,
        patienceMs: options.patienceMs ?? 5_000,
      },
      registry,
      (error) => {
        logger.warn(`A connection to the event log was lost: ${error.message}`);
      },
    );
  },
  inject: [OPTIONS, EventRegistry],
};

const SETTLED_LOG: FactoryProvider<SettledLog> = {
  provide: SettledLog,
  useFactory: (log: EventLog) => {
    const logger = new Logger(SettledLog.name);
    return new SettledLog(log, {
      onConnectionError: (error) => {
        logger.warn(`The connection that follows the event log was lost: ${error.message}`);
      },
      onFatal: (error) => {
        logger.error(`The event log can no longer be followed: ${error.message}`, error.stack);
      },
    });
  },
  inject: [EventLog],
};

const RUNNER: FactoryProvider<SubscriptionRunner> = {
  provide: SubscriptionRunner,
  useFactory: (
    registry: EventRegistry,
    settled: SettledLog,
    watch: ViewWatch,
    command: DataSource,
    query: DataSource,
  ) => new SubscriptionRunner(registry, settled, { command, query }, watch, new Logger('Subscriptions')),
  inject: [
    EventRegistry,
    SettledLog,
    ViewWatch,
    getDataSourceToken(COMMAND_DATA_SOURCE),
    getDataSourceToken(QUERY_DATA_SOURCE),
  ],
};

function createCache(log: EventLog, settled: SettledLog, options: EventSourcingOptions): StateCache {
  const cache = new StateCache(log, options.cachedEvents ?? 250_000);
  settled.onSettled((event) => {
    cache.observe(event);
  });
  return cache;
}
