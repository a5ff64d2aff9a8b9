import { Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry } from '../kernel/event-registry.js';
import { EventLog } from '../log/event-log.js';
import { LogHead } from '../log/settled/log-head.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { DurableCommands } from '../commands/durable-commands.js';
import { DurableCqrsModule } from '../nest/durable-cqrs.module.js';
import {
  DurableCqrsSettings,
  type DatabaseOptions,
  type DurableCqrsOptions,
} from '../nest/durable-cqrs.options.js';
import { LiveMeasures } from '../nest/live-measures.js';
import { MIGRATED } from '../nest/data-sources.providers.js';
import { ViewWatch } from '../projections/view-watch.js';
import { LiveViews } from '../queries/live-views.js';
import { ReadReplicas } from '../queries/read-replicas.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { EventStore } from '../store/event-store.js';
import { StateCache } from '../store/state-cache.js';
import { DataSources } from '../subscriptions/data-sources.js';
import { DurableCqrsTesting } from './durable-cqrs-testing.js';
import { MemoryAdmin } from './in-memory/memory-admin.js';
import { MemoryMeasures } from './in-memory/memory-measures.js';
import { MemoryCommands } from './in-memory/memory-commands.js';
import { memoryConnector, MemoryEventLog } from './in-memory/memory-event-log.js';
import { lookUpWriters, memorySubscriptions } from './in-memory/memory-subscriptions.js';
import { InMemory } from './in-memory/memory.js';
import { OfflineDataSource } from './in-memory/offline-data-source.js';
import { provide } from '../nest/provide.js';

/** Options of {@link DurableCqrsTestingModule}: those of the module, without databases. */
export interface DurableCqrsTestingOptions extends Omit<DurableCqrsOptions, keyof DatabaseOptions> {
  /** Where everything is stored; by default a new memory. Give two modules the same one to test a restart. */
  readonly memory?: InMemory;
}

/** `DurableCqrsModule` without PostgreSQL, for tests. Everything is stored in memory and has the same rules. */
@Module({})
export class DurableCqrsTestingModule {
  /** Takes the place of `DurableCqrsModule.forRoot` in a test. Features register themselves as they do there. */
  static forRoot({ memory = new InMemory(), ...options }: DurableCqrsTestingOptions = {}): DynamicModule {
    const { providers = [], exports = [], ...module } = DurableCqrsModule.forRoot(options);
    return {
      ...module,
      providers: [
        ...providers,
        ...storageIn(memory),
        ...logIn(memory),
        ...handlersIn(memory),
        ...testingIn(memory),
      ],
      exports: [...exports, DurableCqrsTesting],
    };
  }
}

/** No database, no migrations, and nothing of another version of the code. */
function storageIn(memory: InMemory): Provider[] {
  const withoutDatabase = (): DataSources => {
    const none = new OfflineDataSource();
    return new DataSources(none, none);
  };
  return [
    { provide: InMemory, useValue: memory },
    { provide: DataSources, useFactory: withoutDatabase },
    { provide: MIGRATED, useValue: undefined },
    { provide: StartGuard, useValue: { check: () => Promise.resolve() } },
  ];
}

function logIn(memory: InMemory): Provider[] {
  return [
    provide(EventLog, [DurableCqrsSettings, EventRegistry], (settings, registry) => {
      const { maxBatchesInFlight, maxBatchSize, monitor, tracing } = settings;
      const onBatch = monitor.onBatch.bind(monitor);
      return new MemoryEventLog(memory, { maxBatchesInFlight, maxBatchSize, onBatch, tracing }, registry);
    }),
    provide(SettledLog, [EventLog], (log) => {
      const logger = new Logger(SettledLog.name);
      const report = (error: Error): void => {
        logger.error(error.message, error.stack);
      };
      return new SettledLog(log, { onConnectionError: report, onFatal: report }, memoryConnector(memory.log));
    }),
    provide(
      EventStore,
      [EventLog, StateCache],
      (...parts) => new EventStore(...parts, () => memory.clock.now()),
    ),
  ];
}

function handlersIn(memory: InMemory): Provider[] {
  return [
    provide(
      MemoryCommands,
      [CommandRegistry],
      (registry) => new MemoryCommands(memory.commands, registry, memory.clock),
    ),
    { provide: DurableCommands, useExisting: MemoryCommands },
    provide(
      SubscriptionRunner,
      [EventRegistry, SettledLog, MemoryCommands, ViewWatch, DurableCqrsSettings],
      (registry, settled, ...parts) => {
        const logger = new Logger('Subscriptions');
        return new SubscriptionRunner(registry, settled, memorySubscriptions(memory), ...parts, logger);
      },
    ),
    provide(
      LiveViews,
      [SettledLog, LogHead, ViewWatch, SubscriptionRunner, ReadReplicas, DurableCqrsSettings],
      (settled, head, watch, runner, replicas, options) => {
        const lookUp = (names: readonly string[]) => Promise.resolve(lookUpWriters(memory, names));
        const logger = new Logger(LiveViews.name);
        return new LiveViews(settled, head, watch, runner, { lookUp }, replicas, options, logger);
      },
    ),
  ];
}

function testingIn(memory: InMemory): Provider[] {
  return [
    provide(
      MemoryAdmin,
      [SubscriptionRunner, MemoryCommands],
      (...parts) => new MemoryAdmin(memory, ...parts),
    ),
    { provide: SubscriptionAdmin, useExisting: MemoryAdmin },
    provide(
      LiveMeasures,
      [SubscriptionAdmin, SubscriptionRunner, EventLog, SettledLog, DataSources, ReadReplicas],
      (...parts) => new MemoryMeasures(...parts),
    ),
    provide(
      DurableCqrsTesting,
      [EventLog, SettledLog, SubscriptionRunner, MemoryCommands],
      (...parts) => new DurableCqrsTesting(memory, ...parts),
    ),
  ];
}
