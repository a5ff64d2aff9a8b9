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
  checkOptions,
  OPTIONS,
  type EventSourcingAsyncOptions,
  type FeatureDefinitions,
} from './event-sourcing.options.js';
import { MIGRATED, PARTS } from './event-sourcing.providers.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { EventRegistry } from '../kernel/event-registry.js';
import { EventLog } from '../log/event-log.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { MONITOR } from '../runtime/monitor.js';
import { EventStore } from '../store/event-store.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import { LiveViews } from '../queries/live-views.js';

/** The token under which `@nestjs/cqrs` keeps its options. It does not export it. */
const CQRS_MODULE_OPTIONS = 'CQRS_MODULE_OPTIONS';

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
    private readonly views: LiveViews,
    private readonly modules: ModulesContainer,
    /** Awaited here, so that whatever a lifecycle hook begins finds its tables. */
    @Inject(MIGRATED) protected readonly migrated: undefined,
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
          useFactory: async (...dependencies: never[]) =>
            checkOptions(await options.useFactory(...dependencies)),
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
        OPTIONS,
        MONITOR,
        SubscriptionAdmin,
        LiveViews,
      ],
    };
  }

  /** Registers the events of a feature, and its durable commands. */
  static forFeature(definitions: FeatureDefinitions): DynamicModule {
    return { module: EventFeatureModule, providers: [{ provide: DEFINITIONS, useValue: definitions }] };
  }

  /** Here, when all is wired up: a log that is followed keeps the process alive. */
  async onModuleInit(): Promise<void> {
    for (const { metatype, providers } of this.modules.values()) {
      if (metatype === CqrsModule) throw besideThis(providers.get(CQRS_MODULE_OPTIONS)?.instance);
    }
    await this.settled.start();
  }

  /** Handlers end first, while their databases are there; then the log, when nobody appends any more. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.worker.stop(), this.runner.stop(), this.views.stop()]);
    await this.settled.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}

function besideThis(cqrsOptions: unknown): Error {
  const names = Object.keys((cqrsOptions as object | null | undefined) ?? {});
  const lost = names.length > 0 ? `, and nothing would follow its options (${names.join(', ')})` : '';
  return new Error(
    `CqrsModule is imported beside EventSourcingModule: its buses are not durable${lost}. Leave it out; EventSourcingModule serves all modules.`,
  );
}
