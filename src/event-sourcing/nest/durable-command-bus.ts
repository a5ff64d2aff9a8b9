import { Inject, Injectable } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import {
  CommandBus,
  type AsyncContext,
  type Command,
  type ICommand,
  type ICommandHandler,
} from '@nestjs/cqrs';
import { DurableCommands, ENQUEUED } from '../commands/durable-commands.js';
import { DomainError } from '../kernel/domain-error.js';
import { newId } from '../runtime/new-id.js';
import { MONITOR, type CommandFate, type Monitor } from '../runtime/monitor.js';
import { refuseWithinDecision } from '../store/within-decision.js';
import { refuseAsyncContext } from '../commands/async-context.js';
import { currentMessageContext } from '../runtime/message-context.js';
import { COMMAND_METADATA } from './nest-metadata.js';

const SYSTEM = { type: 'system', id: null } as const;

/** When a stored command is run, and how it is known. */
export interface EnqueueOptions {
  /** Not before this time; at once unless given. */
  readonly runAt?: Date;
  /** Names the command: one that waits under this id is replaced. A new UUID unless given. Choose names that no other feature uses. */
  readonly id?: string;
}

/** Nest's CommandBus that can also store a command, to be run soon or at its time, whatever happens to this process. */
@Injectable()
export class DurableCommandBus extends CommandBus {
  @Inject(DurableCommands)
  private readonly commands!: DurableCommands; // injected, as below
  @Inject(MONITOR)
  private readonly monitor!: Monitor;
  /** The ids that Nest gives to the classes of commands. */
  private readonly handled = new Set<string>();

  override bind<T extends ICommand>(handler: InstanceWrapper<ICommandHandler<T>>, id: string): void {
    super.bind(handler, id);
    this.handled.add(id);
  }

  /**
   * A stored command without a handler would fail each time it is run, and in the end be parked.
   * @throws Error for a command that was registered and has no handler in this process
   */
  checkHandlers(): void {
    for (const [name, commandClass] of this.commands.registry.entries()) {
      const { id } = (Reflect.getMetadata(COMMAND_METADATA, commandClass) ?? {}) as { readonly id?: string };
      if (id !== undefined && this.handled.has(id)) continue;
      throw new Error(
        `The command "${name}" (${commandClass.name}) is registered in EventSourcingModule.forFeature and has no handler. List the class with @CommandHandler(${commandClass.name}) in the providers of a module.`,
      );
    }
  }

  /** @throws Error within a decision; whatever else the handler throws */
  override execute<R = void>(command: Command<R>, context?: AsyncContext): Promise<R>;
  override execute<T extends ICommand, R = unknown>(command: T, context?: AsyncContext): Promise<R>;
  override execute<R>(command: ICommand, context?: AsyncContext): Promise<R> {
    refuseWithinDecision('CommandBus.execute');
    return this.run(command, context);
  }

  private async run<R>(command: ICommand, context?: AsyncContext): Promise<R> {
    const begunAt = performance.now();
    const report = (fate: CommandFate) => {
      this.monitor.onCommand(this.commands.registry.labelOf(command), fate, performance.now() - begunAt);
    };
    try {
      const result = await super.execute<ICommand, R>(command, context);
      report('done');
      return result;
    } catch (error) {
      report(error instanceof DomainError ? 'refused' : 'failed');
      throw error;
    }
  }

  /**
   * Stores a command. When this resolves it is on disk, and will be run by some process, within a second of its time, until it
   * succeeds or is parked. What it appends it appends once, though it may be run again after a crash. Within a message that may come
   * twice, a command without an id of its own is the same one each time. A command that enqueues itself anew under its own id does so last:
   * what comes after would not be tried again.
   * @param command of a class that is listed in `EventSourcingModule.forFeature`; plain JSON data
   * @returns the id under which it can be cancelled
   * @throws UnknownCommandError when its class has no stable name
   * @throws Error within a decision, which may run several times, and for a command with an AsyncContext
   */
  enqueue(command: object, options: EnqueueOptions = {}): Promise<string> {
    refuseWithinDecision('DurableCommandBus.enqueue');
    refuseAsyncContext(command);
    return this.store(command, options);
  }

  /**
   * Takes back a command that was not run yet.
   * @returns whether there was one
   * @throws Error within a decision
   */
  cancel(id: string): Promise<boolean> {
    refuseWithinDecision('DurableCommandBus.cancel');
    return this.commands.cancel(id);
  }

  private async store(command: object, { runAt, id }: EnqueueOptions): Promise<string> {
    const context = currentMessageContext();
    const runId = context?.identity?.nextMessageId() ?? newId();
    const { correlationId, causationId, actor } = context ?? {
      correlationId: runId,
      causationId: runId,
      actor: SYSTEM,
    };
    await this.commands.store([
      {
        id: id ?? runId,
        runId,
        source: ENQUEUED,
        queue: null,
        type: this.commands.registry.nameOf(command),
        data: command,
        metadata: { correlationId, causationId, actor },
        dueAt: runAt ?? null,
        keep: false,
      },
    ]);
    return id ?? runId;
  }
}
