import {
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CommandBus, CqrsModule, EventBus } from '@nestjs/cqrs';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { DurableCommandBus } from './bus/durable-command-bus.js';
import { DurableEventBus } from './bus/durable-event-bus.js';
import { CommandWorker } from './commands/command-worker.js';
import { DurableCommands } from './commands/durable-commands.js';
import { CommandRegistry, type CommandClass } from './kernel/command-registry.js';
import { EventRegistry, type EventDefinitions } from './kernel/event-registry.js';
import { EventLog } from './log/event-log.js';
import { SettledLog } from './log/settled-log.js';
import { MONITOR, NO_MONITOR, type Monitor } from './monitor.js';
import { EventStore } from './store/event-store.js';
import { StateCache } from './store/state-cache.js';
import { RETRY_POLICY, type RetryPolicy } from './subscriptions/parked-events.js';
import { StartGuard } from './subscriptions/start-guard.js';
import { SubscriptionAdmin } from './subscriptions/subscription-admin.js';
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
  /** How events and commands are tried again that have failed; 6 attempts within about a minute by default. */
  readonly retry?: RetryPolicy;
  /** How long what a process was at work on waits for it when it is not heard of, in milliseconds; 5,000 by default. */
  readonly leaseMs?: number;
  /** No other process can be on these databases, so whatever a dead one held is taken at once. */
  readonly isAlone?: boolean;
  /** Is told of commands and appends, to count them. */
  readonly monitor?: Monitor;
}

/** What a feature stores. */
export interface FeatureDefinitions extends EventDefinitions {
  /** Classes of commands that may be stored, by their stable names, such as `cart.abandon`. */
  readonly commands?: Readonly<Record<string, CommandClass>>;
}

export interface EventSourcingAsyncOptions {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
}

const OPTIONS = Symbol('event-sourcing options');
const DEFAULT_LEASE_MS = 5_000;

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
    private readonly worker: CommandWorker,
    private readonly modules: ModulesContainer,
  ) {}

  static forRootAsync(options: EventSourcingAsyncOptions): DynamicModule {
    const { providers = [], ...cqrs } = CqrsModule.forRoot();
    return {
      module: EventSourcingModule,
      global: true,
      imports: [
        {
          ...cqrs,
          module: DurableCqrsModule,
          providers: [...providers, ...BUSES],
          exports: [DurableCommandBus],
        },
      ],
      providers: [
        {
          provide: OPTIONS,
          useFactory: options.useFactory,
          ...(options.inject && { inject: options.inject }),
        },
        EventRegistry,
        CommandRegistry,
        ViewWatch,
        LOG,
        SETTLED_LOG,
        { provide: StateCache, useFactory: createCache, inject: [EventLog, SettledLog, OPTIONS] },
        {
          provide: EventStore,
          useFactory: (log: EventLog, cache: StateCache) => new EventStore(log, cache),
          inject: [EventLog, StateCache],
        },
        COMMANDS,
        RUNNER,
        WORKER,
        GUARD,
        ADMIN,
        {
          provide: MONITOR,
          useFactory: (options: EventSourcingOptions) => options.monitor ?? NO_MONITOR,
          inject: [OPTIONS],
        },
      ],
      exports: [
        EventRegistry,
        CommandRegistry,
        EventLog,
        SettledLog,
        EventStore,
        DurableCommands,
        SubscriptionRunner,
        CommandWorker,
        StartGuard,
        OPTIONS,
        MONITOR,
        SubscriptionAdmin,
        ViewWatch,
      ],
    };
  }

  /** Registers the events of a feature, and its durable commands. */
  static forFeature(definitions: FeatureDefinitions): DynamicModule {
    return { module: EventFeatureModule, providers: [{ provide: DEFINITIONS, useValue: definitions }] };
  }

  /** Here, when all is wired up: a log that is followed keeps the process alive. */
  async onModuleInit(): Promise<void> {
    if ([...this.modules.values()].some(({ metatype }) => metatype === CqrsModule)) {
      throw new Error(
        'CqrsModule is imported beside EventSourcingModule, and the buses of that one are not durable: leave it out, EventSourcingModule serves all modules.',
      );
    }
    await this.settled.start();
  }

  /** Handlers end first, while their databases are there; then the log, when nobody appends any more. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.stop(), this.runner.stop()]);
    await this.settled.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}

/** Nest's own module, which also sets to work what its hook has told the buses of. */
@Module({})
class DurableCqrsModule extends CqrsModule {
  @Inject(StartGuard)
  private readonly guard!: StartGuard; // injected, as all below
  @Inject(SubscriptionRunner)
  private readonly runner!: SubscriptionRunner;
  @Inject(CommandWorker)
  private readonly worker!: CommandWorker;
  @Inject(OPTIONS)
  private readonly options!: EventSourcingOptions;

  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Nest awaits what its hooks return
  override async onApplicationBootstrap(): Promise<void> {
    try {
      super.onApplicationBootstrap();
      await this.guard.check(this.runner.subscriptions);
      await this.runner.start();
    } catch (error) {
      this.runner.abandon();
      throw error;
    }
    this.worker.start(this.options.isAlone ?? false);
  }
}

const DEFINITIONS = Symbol('event definitions');

@Module({
  providers: [
    {
      provide: 'registered',
      useFactory: (events: EventRegistry, commands: CommandRegistry, definitions: FeatureDefinitions) => {
        events.register(definitions);
        commands.register(definitions.commands ?? {});
      },
      inject: [EventRegistry, CommandRegistry, DEFINITIONS],
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
        onBatch: (batch) => {
          options.monitor?.onBatch(batch);
        },
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

/** Providers of a dynamic module come after those of its class, so these are the ones that count. */
const BUSES = [
  { provide: EventBus, useClass: DurableEventBus },
  { provide: CommandBus, useClass: DurableCommandBus },
  { provide: DurableCommandBus, useExisting: CommandBus },
];

const COMMANDS: FactoryProvider<DurableCommands> = {
  provide: DurableCommands,
  useFactory: (command: DataSource, registry: CommandRegistry) => new DurableCommands(command, registry),
  inject: [getDataSourceToken(COMMAND_DATA_SOURCE), CommandRegistry],
};

const RUNNER: FactoryProvider<SubscriptionRunner> = {
  provide: SubscriptionRunner,
  useFactory: (
    registry: EventRegistry,
    settled: SettledLog,
    command: DataSource,
    query: DataSource,
    commands: DurableCommands,
    watch: ViewWatch,
    { retry = RETRY_POLICY, leaseMs = DEFAULT_LEASE_MS, isAlone = false }: EventSourcingOptions,
  ) =>
    new SubscriptionRunner(
      registry,
      settled,
      { command, query },
      commands,
      watch,
      { retry, leaseMs, isAlone },
      new Logger('Subscriptions'),
    ),
  inject: [
    EventRegistry,
    SettledLog,
    getDataSourceToken(COMMAND_DATA_SOURCE),
    getDataSourceToken(QUERY_DATA_SOURCE),
    DurableCommands,
    ViewWatch,
    OPTIONS,
  ],
};

const WORKER: FactoryProvider<CommandWorker> = {
  provide: CommandWorker,
  useFactory: (
    { memberId }: SubscriptionRunner,
    commands: DurableCommands,
    bus: CommandBus,
    { retry = RETRY_POLICY, leaseMs = DEFAULT_LEASE_MS }: EventSourcingOptions,
  ) => {
    const logger = new Logger('Commands');
    return new CommandWorker(memberId, commands, (command) => bus.execute(command), retry, leaseMs, {
      onFailure: ({ type, source, metadata: { correlationId } }, attempts, isParked, error) => {
        const fate = isParked ? 'is parked' : 'is tried again';
        logger.error(
          `"${type}" of "${source}" failed and ${fate} (attempt ${attempts}, correlation id ${correlationId}).`,
          error,
        );
      },
      onTrouble: (error) => {
        logger.warn(`Stored commands could not be looked after: ${String(error)}`);
      },
    });
  },
  inject: [SubscriptionRunner, DurableCommands, CommandBus, OPTIONS],
};

const GUARD: FactoryProvider<StartGuard> = {
  provide: StartGuard,
  useFactory: (
    command: DataSource,
    query: DataSource,
    settled: SettledLog,
    events: EventRegistry,
    commands: CommandRegistry,
  ) => new StartGuard(command, query, settled, events, commands),
  inject: [
    getDataSourceToken(COMMAND_DATA_SOURCE),
    getDataSourceToken(QUERY_DATA_SOURCE),
    SettledLog,
    EventRegistry,
    CommandRegistry,
  ],
};

const ADMIN: FactoryProvider<SubscriptionAdmin> = {
  provide: SubscriptionAdmin,
  useFactory: (
    runner: SubscriptionRunner,
    log: EventLog,
    settled: SettledLog,
    command: DataSource,
    query: DataSource,
    commands: DurableCommands,
  ) => new SubscriptionAdmin(runner, log, settled, { command, query }, commands),
  inject: [
    SubscriptionRunner,
    EventLog,
    SettledLog,
    getDataSourceToken(COMMAND_DATA_SOURCE),
    getDataSourceToken(QUERY_DATA_SOURCE),
    DurableCommands,
  ],
};

function createCache(log: EventLog, settled: SettledLog, options: EventSourcingOptions): StateCache {
  const cache = new StateCache(log, options.cachedEvents ?? 250_000);
  settled.onSettled((event) => {
    cache.observe(event);
  });
  return cache;
}
