import { Logger } from '@nestjs/common';
import { DurableCommands } from '../commands/durable-commands.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry } from '../kernel/event-registry.js';
import { EventLog } from '../log/event-log.js';
import { LogHead } from '../log/settled/log-head.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { ViewWatch } from '../projections/view-watch.js';
import { LiveViews } from '../queries/live-views.js';
import { ReadReplicas } from '../queries/read-replicas.js';
import { ViewWriters } from '../queries/view-writers.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { postgresSubscriptions } from '../runner/subscription-storage.js';
import { DataSources } from '../subscriptions/data-sources.js';
import { COMMAND_WORKER } from './command-worker.provider.js';
import { DATA_SOURCE_PROVIDERS } from './data-sources.providers.js';
import { DurableCqrsSettings } from './durable-cqrs.options.js';
import { registering } from './event-feature.module.js';
import { LiveMeasures } from './live-measures.js';
import { LOG_PROVIDERS } from './log.providers.js';
import { DURABLE_CQRS_OPTIONS } from './options.providers.js';
import { provide } from './provide.js';

/** All parts of the module. Classes that Nest can construct by itself stand for themselves. */
export const PARTS = [
  ...DATA_SOURCE_PROVIDERS,
  registering(DURABLE_CQRS_OPTIONS),
  EventRegistry,
  CommandRegistry,
  ViewWatch,
  ...LOG_PROVIDERS,
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
