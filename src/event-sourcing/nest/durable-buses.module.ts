import { Inject, Logger, Module, type DynamicModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import {
  CommandBus,
  CqrsModule,
  EventBus,
  UnhandledExceptionBus,
  type CqrsModuleOptions,
} from '@nestjs/cqrs';
import { DurableCommandBus } from './durable-command-bus.js';
import { DurableEventBus } from './durable-event-bus.js';
import { publishFailure } from './publish-failure.js';
import { refuseUnheardHandlers } from './unheard-handlers.js';
import { CommandWorker } from '../commands/command-worker.js';
import { DurableCqrsSettings, type DurableCqrsOptions } from './durable-cqrs.options.js';
import { DURABLE_CQRS_OPTIONS } from './options.providers.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';

/** The token of the options of `@nestjs/cqrs`, which it does not export. */
export const CQRS_MODULE_OPTIONS = 'CQRS_MODULE_OPTIONS';

/** `CqrsModule` that also starts the handlers that it has discovered. */
@Module({})
export class DurableBusesModule extends CqrsModule {
  @Inject(StartGuard)
  private readonly guard!: StartGuard; // injected, as all below
  @Inject(SubscriptionRunner)
  private readonly runner!: SubscriptionRunner;
  @Inject(CommandWorker)
  private readonly worker!: CommandWorker;
  @Inject(DurableCqrsSettings)
  private readonly settings!: DurableCqrsSettings;
  @Inject(ModulesContainer)
  private readonly modules!: ModulesContainer;
  @Inject(DurableCommandBus)
  private readonly commands!: DurableCommandBus;
  @Inject(UnhandledExceptionBus)
  private readonly exceptions!: UnhandledExceptionBus;

  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Nest awaits what its hooks return
  override async onApplicationBootstrap(): Promise<void> {
    try {
      refuseUnheardHandlers(this.modules);
      super.onApplicationBootstrap();
      const logger = new Logger('Subscriptions');
      this.runner.onFailure((cause, exception) => {
        publishFailure(this.exceptions, cause, exception, logger);
      });
      this.commands.checkHandlers();
      await this.guard.check(this.runner.subscriptions);
      await this.runner.start();
    } catch (error) {
      this.runner.abandon();
      throw error;
    }
    if (this.settings.runsCommands) this.worker.start(this.settings.isAlone());
  }
}

/**
 * The buses. As providers of a dynamic module they override those of the class. They get the options of
 * `@nestjs/cqrs` that `DurableCqrsModule` takes.
 */
export const DURABLE_BUSES: DynamicModule = {
  module: DurableBusesModule,
  global: true,
  providers: [
    {
      provide: CQRS_MODULE_OPTIONS,
      useFactory: (options: DurableCqrsOptions): CqrsModuleOptions => options,
      inject: [DURABLE_CQRS_OPTIONS],
    },
    { provide: EventBus, useClass: DurableEventBus },
    { provide: CommandBus, useClass: DurableCommandBus },
    { provide: DurableCommandBus, useExisting: CommandBus },
  ],
  exports: [DurableCommandBus],
};
