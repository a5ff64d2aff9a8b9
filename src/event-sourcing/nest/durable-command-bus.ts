import { Inject, Injectable } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { AsyncContext, CommandBus, type Command, type ICommand, type ICommandHandler } from '@nestjs/cqrs';
import { DurableCommands, ENQUEUED } from '../commands/durable-commands.js';
import { withUnitOfWork } from '../aggregates/unit-of-work.js';
import { DomainError } from '../kernel/domain-error.js';
import { newId } from '../runtime/new-id.js';
import type { CommandFate } from '../runtime/monitor.js';
import { EventStore } from '../store/event-store.js';
import { refuseWithinDecision } from '../store/within-decision.js';
import { MessageRequest, refuseAsyncContext } from '../commands/async-context.js';
import { metadataOfMessage } from '../runtime/command-metadata.js';
import { currentMessageContext } from '../runtime/message-context.js';
import { inSpan, type Span } from '../runtime/tracing.js';
import { DurableCqrsSettings } from './durable-cqrs.options.js';
import { COMMAND_METADATA } from './nest-metadata.js';

/** When a stored command runs, and its id. */
export interface EnqueueOptions {
  /** The command does not run before this time. By default it runs at once. */
  readonly runAt?: Date;
  /**
   * The command replaces one that waits under the same id. By default a new UUID. Choose ids that no other feature
   * uses.
   */
  readonly id?: string;
}

/** The CommandBus of Nest, which can also store a command to run it later, even if this process ends. */
@Injectable()
export class DurableCommandBus extends CommandBus {
  @Inject(DurableCommands)
  private readonly commands!: DurableCommands; // injected, as below
  @Inject(DurableCqrsSettings)
  private readonly settings!: DurableCqrsSettings;
  @Inject(EventStore)
  private readonly events!: EventStore;
  /** Ids that Nest gives to command classes with a handler. */
  private readonly handled = new Set<string>();
  /** Those whose handlers are request-scoped. */
  private readonly scoped = new Set<string>();

  /** @internal */
  override bind<T extends ICommand>(handler: InstanceWrapper<ICommandHandler<T>>, id: string): void {
    super.bind(handler, id);
    this.handled.add(id);
    if (!handler.isDependencyTreeStatic()) this.scoped.add(id);
  }

  /**
   * Checks the registered commands. A stored command without a handler would fail each time and finally be parked.
   * @throws Error for a registered command without a handler in this process
   * @internal
   */
  checkHandlers(): void {
    for (const [name, commandClass] of this.commands.registry.entries()) {
      const id = nestIdOf(commandClass);
      if (id !== undefined && this.handled.has(id)) continue;
      throw new Error(
        `The command "${name}" (${commandClass.name}) is registered in DurableCqrsModule.forFeature ` +
          `and has no handler. ` +
          `List the class with @CommandHandler(${commandClass.name}) in the providers of a module.`,
      );
    }
  }

  /**
   * Runs a command in this process. Resolves when the events of its aggregates are on disk, too.
   * @throws Error within a decision, and every error of the handler
   * @throws ConcurrentChangeError when an aggregate that the handler committed has changed since it was loaded
   */
  override execute<R = void>(command: Command<R>, context?: AsyncContext): Promise<R>;
  override execute<T extends ICommand, R = unknown>(command: T, context?: AsyncContext): Promise<R>;
  override execute<R>(command: ICommand, context?: AsyncContext): Promise<R> {
    refuseWithinDecision('CommandBus.execute');
    return this.run(command, context);
  }

  private run<R>(command: ICommand, context?: AsyncContext): Promise<R> {
    const { tracing } = this.settings;
    if (tracing === undefined) return this.work(command, context);
    const name = this.commands.registry.labelOf(command);
    const attributes = { 'durable_cqrs.command': name };
    return inSpan(tracing, { name: `command ${name}`, kind: 'internal', attributes }, (span) =>
      this.work(command, context, span),
    );
  }

  private async work<R>(command: ICommand, context?: AsyncContext, span?: Span): Promise<R> {
    const begunAt = performance.now();
    const report = (fate: CommandFate) => {
      this.settings.monitor.onCommand(
        this.commands.registry.labelOf(command),
        fate,
        performance.now() - begunAt,
      );
      span?.describe({ 'durable_cqrs.outcome': fate });
    };
    try {
      const result = await withUnitOfWork(this.events, () =>
        super.execute<ICommand, R>(command, context ?? this.requestFor(command)),
      );
      report('done');
      return result;
    } catch (error) {
      report(error instanceof DomainError ? 'refused' : 'failed');
      throw error;
    }
  }

  /**
   * Stores a command. When this resolves the command is on disk. Some process runs it within a second of its time,
   * and again until it succeeds or is parked. It may run more than once, but its appends take effect once. If a
   * message that may come twice stores a command without an id, the second time replaces the first. A command that
   * enqueues itself again under its own id must do so at its end, because the rest of it would not be retried.
   * @param command of a class that is registered in `DurableCqrsModule.forFeature`; plain JSON data
   * @param options when it runs, and its id
   * @returns the id of the command, for `cancel`
   * @throws UnknownCommandError when its class is not registered
   * @throws Error within a decision, and for a command with an AsyncContext
   */
  enqueue(command: object, options: EnqueueOptions = {}): Promise<string> {
    refuseWithinDecision('DurableCommandBus.enqueue');
    refuseAsyncContext(command);
    return this.store(command, options);
  }

  /**
   * Removes a stored command that has not run yet. A timer that a saga keeps (`Due.keep`) may be set again by an event
   * that was stored up to about two seconds before; its command has to check whether its time has come.
   * @param id that `enqueue` has returned
   * @returns whether there was such a command
   * @throws Error within a decision
   */
  cancel(id: string): Promise<boolean> {
    refuseWithinDecision('DurableCommandBus.cancel');
    return this.commands.cancel(id);
  }

  /** What a request-scoped handler injects as `REQUEST`, unless the command comes with an AsyncContext. */
  private requestFor(command: ICommand): AsyncContext | undefined {
    if (this.scoped.size === 0 || !this.scoped.has(nestIdOf(command.constructor) ?? '')) return undefined;
    const message = currentMessageContext();
    return AsyncContext.of(command) ?? (message && new MessageRequest(message));
  }

  private async store(command: object, { runAt, id }: EnqueueOptions): Promise<string> {
    const runId = currentMessageContext()?.identity?.nextMessageId() ?? newId();
    await this.commands.store([
      {
        id: id ?? runId,
        runId,
        source: ENQUEUED,
        queue: null,
        type: this.commands.registry.nameOf(command),
        data: command,
        metadata: metadataOfMessage(runId),
        dueAt: runAt ?? null,
        keep: false,
      },
    ]);
    return id ?? runId;
  }
}

/** The id that Nest gives to a command class with a handler. */
function nestIdOf(commandClass: object): string | undefined {
  const { id } = (Reflect.getMetadata(COMMAND_METADATA, commandClass) ?? {}) as { readonly id?: string };
  return id;
}
