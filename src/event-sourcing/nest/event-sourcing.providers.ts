import { Logger, type FactoryProvider } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { CommandWorker } from '../commands/command-worker.js';
import { DurableCommands } from '../commands/durable-commands.js';
import {
  COMMAND_DATA_SOURCE,
  OPTIONS,
  QUERY_DATA_SOURCE,
  type EventSourcingOptions,
} from './event-sourcing.options.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry, UnknownEventError } from '../kernel/event-registry.js';
import { EventLog } from '../log/event-log.js';
import { LogHead } from '../log/settled/log-head.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { migrateDataSource } from '../postgres/migrate.js';
import { MONITOR, NO_MONITOR, type Monitor } from '../runtime/monitor.js';
import { LiveViews } from '../queries/live-views.js';
import { EventStore } from '../store/event-store.js';
import { StateCache } from '../store/state-cache.js';
import { RETRY_POLICY } from '../runtime/retry-policy.js';
import { poolOf } from '../postgres/pool-of.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { ViewWatch } from '../projections/view-watch.js';

const DEFAULT_LEASE_MS = 5_000;

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
        const what =
          error instanceof UnknownEventError
            ? 'This process is outdated, and leaves its handlers to others'
            : 'The event log can no longer be followed';
        logger.error(`${what}: ${error.message}`, error.stack);
      },
    });
  },
  inject: [EventLog],
};

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
    {
      retry = RETRY_POLICY,
      leaseMs = DEFAULT_LEASE_MS,
      isAlone = false,
      runsHandlers = true,
      runsCommands = true,
      release,
    }: EventSourcingOptions,
  ) =>
    new SubscriptionRunner(
      registry,
      settled,
      { command, query },
      commands,
      watch,
      { retry, leaseMs, isAlone, runsHandlers, runsCommands, release },
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
    settled: SettledLog,
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
      followsLog: () => settled.failure === undefined,
    });
  },
  inject: [SubscriptionRunner, SettledLog, DurableCommands, CommandBus, OPTIONS],
};

const GUARD: FactoryProvider<StartGuard> = {
  provide: StartGuard,
  useFactory: (
    command: DataSource,
    query: DataSource,
    settled: SettledLog,
    events: EventRegistry,
    commands: CommandRegistry,
    { strictStart = false }: EventSourcingOptions,
  ) => {
    const logger = new Logger(StartGuard.name);
    const warn = (message: string): void => {
      logger.warn(message);
    };
    return new StartGuard(command, query, settled, events, commands, { strict: strictStart, warn });
  },
  inject: [
    getDataSourceToken(COMMAND_DATA_SOURCE),
    getDataSourceToken(QUERY_DATA_SOURCE),
    SettledLog,
    EventRegistry,
    CommandRegistry,
    OPTIONS,
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

const CACHE: FactoryProvider<StateCache> = {
  provide: StateCache,
  useFactory: (log: EventLog, settled: SettledLog, { cachedEvents = 250_000 }: EventSourcingOptions) => {
    const cache = new StateCache(log, cachedEvents);
    settled.onSettled((event) => {
      cache.observe(event);
    });
    return cache;
  },
  inject: [EventLog, SettledLog, OPTIONS],
};

const HEAD: FactoryProvider<LogHead> = {
  provide: LogHead,
  useFactory: (log: EventLog, { isAlone = false }: EventSourcingOptions) => new LogHead(log, () => isAlone),
  inject: [EventLog, OPTIONS],
};

const LIVE_VIEWS: FactoryProvider<LiveViews> = {
  provide: LiveViews,
  useFactory: (
    settled: SettledLog,
    head: LogHead,
    watch: ViewWatch,
    runner: SubscriptionRunner,
    query: DataSource,
    { cachedRows = 100_000 }: EventSourcingOptions,
  ) => {
    const logger = new Logger(LiveViews.name);
    return new LiveViews(settled, head, watch, runner, poolOf(query), cachedRows, (error) => {
      logger.warn(`It is not known at the moment who writes the views: ${String(error)}`);
    });
  },
  inject: [
    SettledLog,
    LogHead,
    ViewWatch,
    SubscriptionRunner,
    getDataSourceToken(QUERY_DATA_SOURCE),
    OPTIONS,
  ],
};

const STORE: FactoryProvider<EventStore> = {
  provide: EventStore,
  useFactory: (log: EventLog, cache: StateCache) => new EventStore(log, cache),
  inject: [EventLog, StateCache],
};

const THE_MONITOR: FactoryProvider<Monitor> = {
  provide: MONITOR,
  useFactory: ({ monitor = NO_MONITOR }: EventSourcingOptions) => monitor,
  inject: [OPTIONS],
};

/** Both data sources at the newest schema. */
export const MIGRATED = Symbol('migrated data sources');

const MIGRATIONS: FactoryProvider<void> = {
  provide: MIGRATED,
  useFactory: async (command: DataSource, query: DataSource) => {
    await migrateDataSource(COMMAND_DATA_SOURCE, command);
    // They may be on one database, so one after the other.
    await migrateDataSource(QUERY_DATA_SOURCE, query);
  },
  inject: [getDataSourceToken(COMMAND_DATA_SOURCE), getDataSourceToken(QUERY_DATA_SOURCE)],
};

/** All parts of the module, each made of the options and of others. */
export const PARTS = [
  MIGRATIONS,
  EventRegistry,
  CommandRegistry,
  ViewWatch,
  LOG,
  SETTLED_LOG,
  HEAD,
  LIVE_VIEWS,
  CACHE,
  STORE,
  COMMANDS,
  RUNNER,
  WORKER,
  GUARD,
  ADMIN,
  THE_MONITOR,
];
