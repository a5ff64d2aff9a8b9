import { Logger, type FactoryProvider } from '@nestjs/common';
import { CommandBus, UnhandledExceptionBus } from '@nestjs/cqrs';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { CommandWorker } from '../commands/command-worker.js';
import { DurableCommands } from '../commands/durable-commands.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry, UnknownEventError } from '../kernel/event-registry.js';
import { NEWS_CHANNEL } from '../log/announcer.js';
import { EventLog } from '../log/event-log.js';
import { LogHead } from '../log/settled/log-head.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { connectionOf } from '../postgres/pool-of.js';
import { channelWithin } from '../postgres/schema-name.js';
import { REMOTE_APPLY, remoteApply } from '../postgres/session-settings.js';
import { ViewWatch } from '../projections/view-watch.js';
import { LiveViews } from '../queries/live-views.js';
import { ReadReplicas } from '../queries/read-replicas.js';
import { ViewWriters } from '../queries/view-writers.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { postgresSubscriptions } from '../runner/subscription-storage.js';
import type { BatchReport } from '../runtime/monitor.js';
import { currentTraceparent } from '../runtime/message-context.js';
import { inSpan, type Tracing } from '../runtime/tracing.js';
import { EventStore } from '../store/event-store.js';
import { Snapshots } from '../store/snapshots.js';
import { StateCache } from '../store/state-cache.js';
import { DataSources } from '../subscriptions/data-sources.js';
import { LiveMeasures } from './live-measures.js';
import { DurableCqrsSettings, type DurableCqrsOptions } from './durable-cqrs.options.js';
import { registering } from './event-feature.module.js';
import { migrateSources } from './migrate-databases.js';
import {
  COMMAND_DATA_SOURCE,
  COMMAND_DATABASE,
  openDataSources,
  QUERY_DATA_SOURCE,
  QUERY_DATABASE,
} from './open-data-sources.js';
import { DURABLE_CQRS_OPTIONS } from './options.providers.js';
import { provide } from './provide.js';
import { publishFailure } from './publish-failure.js';

const DATA_SOURCES: FactoryProvider<DataSources> = {
  provide: DataSources,
  inject: [
    DURABLE_CQRS_OPTIONS,
    ...[COMMAND_DATA_SOURCE, QUERY_DATA_SOURCE].map((name) => ({ token: tokenOf(name), optional: true })),
  ],
  useFactory: async (options: DurableCqrsOptions, command?: DataSource, query?: DataSource) =>
    openDataSources(options, { ...(command && { command }), ...(query && { query }) }),
};

/** The data sources under names for `TypeOrmModule.forFeature` and `@InjectRepository`. */
const NAMED_DATA_SOURCES = [
  provideNamed(COMMAND_DATABASE, ({ command }) => command),
  provideNamed(QUERY_DATABASE, ({ query }) => query),
];

function provideNamed(
  name: string,
  choose: (dataSources: DataSources) => DataSource,
): FactoryProvider<DataSource> {
  return { provide: tokenOf(name), useFactory: choose, inject: [DataSources] };
}

/** As the data source connects. If its sessions wait for a standby to apply each commit, so do those of the log. */
async function connectionForLog(command: DataSource): Promise<pg.ClientConfig> {
  const connection = connectionOf(command);
  const [row]: { synchronous_commit?: string }[] = await command.query('SHOW synchronous_commit');
  if (row?.synchronous_commit !== REMOTE_APPLY) return connection;
  return { ...connection, options: remoteApply(connection.options) };
}

/** The token of a named data source of `TypeOrmModule`, as `getDataSourceToken` of `@nestjs/typeorm` makes it. */
function tokenOf(name: string): string {
  return `${name}DataSource`;
}

const EVENT_LOG = provide(
  EventLog,
  [DataSources, DurableCqrsSettings, EventRegistry],
  async (sources, settings, registry) => {
    const { maxBatchesInFlight, maxBatchSize, patienceMs, tracing, cli } = settings;
    const connection = await connectionForLog(sources.command);
    const channel = channelWithin(sources.command, NEWS_CHANNEL);
    const logger = new Logger(EventLog.name);
    const onBatch = (batch: BatchReport): void => {
      settings.monitor.onBatch(batch);
    };
    const limits = { maxBatchesInFlight, maxBatchSize, patienceMs };
    const options = { connection, channel, ...limits, cli, onBatch, tracing };
    return new EventLog(options, registry, (error) => {
      logger.warn(`A connection to the event log was lost: ${error.message}`);
    });
  },
);

const SETTLED_LOG = provide(SettledLog, [EventLog], (log) => {
  const logger = new Logger(SettledLog.name);
  return new SettledLog(log, {
    onConnectionError: (error) => {
      logger.warn(`The connection that follows the event log was lost: ${error.message}`);
    },
    onFatal: (error) => {
      const what =
        error instanceof UnknownEventError
          ? 'This process is outdated and leaves its handlers to other processes'
          : 'The event log can no longer be followed';
      logger.error(`${what}: ${error.message}`, error.stack);
    },
  });
});

const SNAPSHOTS = provide(Snapshots, [EventLog, DurableCqrsSettings], (log, { monitor }) => {
  const logger = new Logger(Snapshots.name);
  return new Snapshots(log, (report) => {
    const { stream, decider, fate, error } = report;
    const what = fate === 'failed' ? 'was not written' : 'was not used';
    if (fate !== 'written')
      logger.warn(`The snapshot of "${stream}" for "${decider}" ${what}: ${String(error)}`);
    monitor.onSnapshot?.(report);
  });
});

const STATE_CACHE = provide(
  StateCache,
  [EventLog, SettledLog, DurableCqrsSettings, Snapshots],
  (log, settled, settings, snapshots) => {
    const cache = new StateCache(log, settings.cachedEvents, snapshots);
    settled.onSettled((recorded) => {
      cache.observe(recorded);
    });
    return cache;
  },
);

/** Runs stored commands within spans that continue the traces that they were stored in. */
function inSpanOfCommand(
  tracing: Tracing,
  registry: CommandRegistry,
  run: (command: object) => Promise<unknown>,
): (command: object) => Promise<unknown> {
  return (command) => {
    const name = registry.nameOf(command);
    const attributes = { 'durable_cqrs.command': name };
    const parent = currentTraceparent() ?? null;
    const start = { name: `stored command ${name}`, kind: 'consumer', parent, attributes } as const;
    return inSpan(tracing, start, () => run(command));
  };
}

const COMMAND_WORKER = provide(
  CommandWorker,
  [SubscriptionRunner, SettledLog, DurableCommands, CommandBus, UnhandledExceptionBus, DurableCqrsSettings],
  ({ memberId }, settled, commands, bus, exceptions, { retry, leaseMs, tracing }) => {
    const logger = new Logger('Commands');
    const run = (command: object): Promise<unknown> => bus.execute(command);
    const execute = tracing === undefined ? run : inSpanOfCommand(tracing, commands.registry, run);
    return new CommandWorker(memberId, commands, execute, retry, leaseMs, {
      onFailure: ({ command, instance, attempts, isParked, error }) => {
        const { type, source, metadata } = command;
        const fate = isParked ? 'is parked' : 'will be retried';
        logger.error(
          `"${type}" of "${source}" failed and ${fate} (attempt ${attempts}, ` +
            `correlation id ${metadata.correlationId}).`,
          error,
        );
        publishFailure(exceptions, instance ?? command, error, logger);
      },
      onTrouble: (error) => {
        logger.warn(`The stored commands could not be read or written: ${String(error)}`);
      },
      followsLog: () => settled.failure === undefined,
    });
  },
);

const READ_REPLICAS: FactoryProvider<ReadReplicas> = {
  provide: ReadReplicas,
  inject: [DURABLE_CQRS_OPTIONS, DataSources, DurableCqrsSettings],
  useFactory: async (
    { queryReplicas = [] }: DurableCqrsOptions,
    { query }: DataSources,
    { monitor }: DurableCqrsSettings,
  ) => ReadReplicas.open(queryReplicas, query, monitor, new Logger(ReadReplicas.name)),
};

/** Resolves when both databases are at the newest schema. */
export const MIGRATED = Symbol('migrated data sources');

const MIGRATIONS: FactoryProvider<void> = {
  provide: MIGRATED,
  useFactory: migrateSources,
  inject: [DataSources],
};

/** Tokens of the two named data sources. */
export const NAMED_TOKENS = NAMED_DATA_SOURCES.map(({ provide: token }) => token);

/** All parts of the module. Classes that Nest can construct by itself stand for themselves. */
export const PARTS = [
  DATA_SOURCES,
  ...NAMED_DATA_SOURCES,
  MIGRATIONS,
  registering(DURABLE_CQRS_OPTIONS),
  EventRegistry,
  CommandRegistry,
  ViewWatch,
  EVENT_LOG,
  SETTLED_LOG,
  provide(LogHead, [EventLog, DurableCqrsSettings], (log, { isAlone }) => new LogHead(log, isAlone)),
  SNAPSHOTS,
  STATE_CACHE,
  provide(EventStore, [EventLog, StateCache], (...parts) => new EventStore(...parts)),
  provide(
    DurableCommands,
    [DataSources, CommandRegistry],
    ({ command }, registry) => new DurableCommands(command, registry),
  ),
  provide(
    SubscriptionRunner,
    [EventRegistry, SettledLog, DataSources, DurableCommands, ViewWatch, DurableCqrsSettings],
    (registry, settled, dataSources, ...parts) =>
      new SubscriptionRunner(
        registry,
        settled,
        postgresSubscriptions(dataSources),
        ...parts,
        new Logger('Subscriptions'),
      ),
  ),
  provide(
    StartGuard,
    [DataSources, SettledLog, EventRegistry, CommandRegistry, DurableCqrsSettings],
    (...parts) => new StartGuard(...parts, new Logger(StartGuard.name)),
  ),
  provide(
    SubscriptionAdmin,
    [SubscriptionRunner, SettledLog, DataSources, DurableCommands],
    (...parts) => new SubscriptionAdmin(...parts),
  ),
  provide(
    LiveMeasures,
    [SubscriptionAdmin, SubscriptionRunner, EventLog, SettledLog, DataSources, ReadReplicas],
    (...parts) => new LiveMeasures(...parts),
  ),
  READ_REPLICAS,
  provide(
    LiveViews,
    [SettledLog, LogHead, ViewWatch, SubscriptionRunner, DataSources, ReadReplicas, DurableCqrsSettings],
    (settled, head, watch, runner, { query }, replicas, settings) =>
      new LiveViews(
        settled,
        head,
        watch,
        runner,
        new ViewWriters(query),
        replicas,
        settings,
        new Logger(LiveViews.name),
      ),
  ),
  COMMAND_WORKER,
];
