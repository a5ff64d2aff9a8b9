import {
  Inject,
  Module,
  type DynamicModule,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { DurableCommandBus } from './durable-command-bus.js';
import { CommandWorker } from '../commands/command-worker.js';
import { DurableCommands } from '../commands/durable-commands.js';
import { BUSES, DurableCqrsModule } from './durable-cqrs.module.js';
import { DEFINITIONS, EventFeatureModule } from './event-feature.module.js';
import {
  EventSourcingSettings,
  type EventSourcingAsyncOptions,
  type FeatureDefinitions,
} from './event-sourcing.options.js';
import { MIGRATED, PARTS } from './event-sourcing.providers.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry } from '../kernel/event-registry.js';
import { EventLog } from '../log/event-log.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { EventStore } from '../store/event-store.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { LiveViews } from '../queries/live-views.js';

/** The token of the options of `@nestjs/cqrs`, which it does not export. */
const CQRS_MODULE_OPTIONS = 'CQRS_MODULE_OPTIONS';

/**
 * A durable `@nestjs/cqrs`. Import it once with `forRootAsync` instead of `CqrsModule`, and register the events of
 * each feature with `forFeature`. The application provides two TypeORM data sources with the names `command` and
 * `query`.
 */
@Module({})
export class EventSourcingModule implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  /** @internal */
  constructor(
    private readonly log: EventLog,
    private readonly settled: SettledLog,
    private readonly runner: SubscriptionRunner,
    private readonly worker: CommandWorker,
    private readonly views: LiveViews,
    private readonly modules: ModulesContainer,
    /** Injected, so that the tables exist before any lifecycle hook runs. */
    @Inject(MIGRATED) protected readonly migrated: undefined,
  ) {}

  /** The module itself, for the root module of the application. */
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
          provide: EventSourcingSettings,
          useFactory: async (...dependencies: never[]) =>
            new EventSourcingSettings(await options.useFactory(...dependencies)),
          ...(options.inject && { inject: options.inject }),
        },
        ...PARTS,
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
        EventSourcingSettings,
        SubscriptionAdmin,
        LiveViews,
      ],
    };
  }

  /** Registers the events, the stored commands and the deciders of a feature. */
  static forFeature(definitions: FeatureDefinitions): DynamicModule {
    return { module: EventFeatureModule, providers: [{ provide: DEFINITIONS, useValue: definitions }] };
  }

  /** Follows the log only when all is wired up, because its connection keeps the process alive. @internal */
  async onModuleInit(): Promise<void> {
    for (const { metatype, providers } of this.modules.values()) {
      if (metatype === CqrsModule) throw besideThis(providers.get(CQRS_MODULE_OPTIONS)?.instance);
    }
    await this.settled.start();
  }

  /** Ends the handlers while their databases are still connected; then follows the log no longer. @internal */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.stop(), this.runner.stop(), this.views.stop()]);
    await this.settled.stop();
  }

  /** Closes the connections of the log. @internal */
  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}

function besideThis(cqrsOptions: unknown): Error {
  const names = Object.keys((cqrsOptions as object | null | undefined) ?? {});
  const lost = names.length > 0 ? ` and its options (${names.join(', ')}) are not supported` : '';
  return new Error(
    `CqrsModule is imported beside EventSourcingModule, but its buses are not durable${lost}. ` +
      'Remove the import; EventSourcingModule is global.',
  );
}
