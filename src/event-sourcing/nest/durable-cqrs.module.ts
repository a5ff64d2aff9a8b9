import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { CommandWorker } from '../commands/command-worker.js';
import { DurableCommands } from '../commands/durable-commands.js';
import { CQRS_MODULE_OPTIONS, DURABLE_BUSES } from './durable-buses.module.js';
import { DEFINITIONS, EventFeatureModule } from './event-feature.module.js';
import {
  DurableCqrsSettings,
  type DurableCqrsAsyncOptions,
  type DurableCqrsOptions,
  type FeatureDefinitions,
} from './durable-cqrs.options.js';
import { checkDefinitions } from './check-options.js';
import { LiveMeasures } from './live-measures.js';
import { MIGRATED, NAMED_TOKENS } from './data-sources.providers.js';
import { PARTS } from './durable-cqrs.providers.js';
import { asyncOptionsProviders, DURABLE_CQRS_OPTIONS, optionsProviders } from './options.providers.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry } from '../kernel/event-registry.js';
import { EventLog } from '../log/event-log.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { EventStore } from '../store/event-store.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { LiveViews } from '../queries/live-views.js';
import { DataSources } from '../subscriptions/data-sources.js';

/** Exported to the application, and to the buses. */
const EXPORTS = [
  EventRegistry,
  CommandRegistry,
  DataSources,
  EventLog,
  SettledLog,
  EventStore,
  DurableCommands,
  SubscriptionRunner,
  CommandWorker,
  StartGuard,
  DurableCqrsSettings,
  SubscriptionAdmin,
  LiveViews,
  DURABLE_CQRS_OPTIONS,
  ...NAMED_TOKENS,
];

/**
 * A durable `@nestjs/cqrs`. Import it once with `forRoot` or `forRootAsync` instead of `CqrsModule`. Register events
 * in `forRoot`, or those of each feature with `forFeature`.
 */
@Module({})
export class DurableCqrsModule implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  /** @internal */
  constructor(
    private readonly log: EventLog,
    private readonly settled: SettledLog,
    private readonly runner: SubscriptionRunner,
    private readonly worker: CommandWorker,
    private readonly views: LiveViews,
    private readonly dataSources: DataSources,
    private readonly settings: DurableCqrsSettings,
    private readonly measures: LiveMeasures,
    private readonly modules: ModulesContainer,
    /** Injected, so that the tables exist before any lifecycle hook runs. */
    @Inject(MIGRATED) protected readonly migrated: undefined,
  ) {}

  /**
   * The module itself, for the root module of the application.
   * @throws Error that lists every option that does not exist, has a wrong value, or contradicts another one
   */
  static forRoot(options: DurableCqrsOptions = {}): DynamicModule {
    return moduleOf(optionsProviders(options));
  }

  /**
   * As `forRoot`, with options that a factory makes.
   * @throws Error when there is no factory, or more than one
   */
  static forRootAsync(options: DurableCqrsAsyncOptions): DynamicModule {
    return moduleOf(asyncOptionsProviders(options), options.imports);
  }

  /** Registers the events, the stored commands and the deciders of a feature. */
  static forFeature(definitions: FeatureDefinitions): DynamicModule {
    const checked = checkDefinitions(definitions);
    return { module: EventFeatureModule, providers: [{ provide: DEFINITIONS, useFactory: () => checked }] };
  }

  /** Follows the log only when all is wired up, because its connection keeps the process alive. @internal */
  async onModuleInit(): Promise<void> {
    for (const { metatype, providers } of this.modules.values()) {
      if (metatype === CqrsModule) throw besideThis(providers.get(CQRS_MODULE_OPTIONS)?.instance);
    }
    this.settings.monitor.onStart?.(this.measures);
    await this.settled.start();
  }

  /** Ends the handlers while their databases are still connected; then follows the log no longer. @internal */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.stop(), this.runner.stop(), this.views.stop()]);
    await this.settled.stop();
  }

  /** Closes the connections of the log, and the data sources that this module has initialized. @internal */
  async onApplicationShutdown(): Promise<void> {
    try {
      await this.log.close();
    } finally {
      await this.dataSources.close();
    }
  }
}

function moduleOf(options: Provider[], imports: ModuleMetadata['imports'] = []): DynamicModule {
  return {
    module: DurableCqrsModule,
    global: true,
    imports: [...imports, DURABLE_BUSES],
    providers: [...options, ...PARTS],
    exports: EXPORTS,
  };
}

function besideThis(cqrsOptions: unknown): Error {
  const names = Object.keys((cqrsOptions as object | null | undefined) ?? {});
  const lost = names.length > 0 ? ` and its options (${names.join(', ')}) are not supported` : '';
  return new Error(
    `CqrsModule is imported beside DurableCqrsModule, but its buses are not durable${lost}. ` +
      'Remove the import; DurableCqrsModule is global.',
  );
}
