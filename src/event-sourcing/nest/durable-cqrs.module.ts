import { Inject, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { CommandBus, CqrsModule, EventBus, UnhandledExceptionBus } from '@nestjs/cqrs';
import { DurableCommandBus } from './durable-command-bus.js';
import { DurableEventBus } from './durable-event-bus.js';
import { UnheardExceptionBus } from './unheard-exception-bus.js';
import { refuseUnheardHandlers } from './unheard-handlers.js';
import { CommandWorker } from '../commands/command-worker.js';
import { EventSourcingSettings } from './event-sourcing.options.js';
import { StartGuard } from '../runner/start-guard.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';

/** The buses of this module. As providers of a dynamic module they override those of its class. */
export const BUSES = [
  { provide: EventBus, useClass: DurableEventBus },
  { provide: CommandBus, useClass: DurableCommandBus },
  { provide: DurableCommandBus, useExisting: CommandBus },
  { provide: UnhandledExceptionBus, useClass: UnheardExceptionBus },
];

/** `CqrsModule` that also starts the handlers that it has discovered. */
@Module({})
export class DurableCqrsModule extends CqrsModule {
  @Inject(StartGuard)
  private readonly guard!: StartGuard; // injected, as all below
  @Inject(SubscriptionRunner)
  private readonly runner!: SubscriptionRunner;
  @Inject(CommandWorker)
  private readonly worker!: CommandWorker;
  @Inject(EventSourcingSettings)
  private readonly settings!: EventSourcingSettings;
  @Inject(ModulesContainer)
  private readonly modules!: ModulesContainer;
  @Inject(DurableCommandBus)
  private readonly commands!: DurableCommandBus;

  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- Nest awaits what its hooks return
  override async onApplicationBootstrap(): Promise<void> {
    try {
      refuseUnheardHandlers(this.modules);
      super.onApplicationBootstrap();
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
