import { refuseAsyncContext } from './async-context.js';
import { SYSTEM_ACTOR } from '../kernel/recorded-event.js';
import type { MessageContext } from '../runtime/message-context.js';
import type { CommandRegistry } from '../kernel/command-registry.js';
import type { Cancellation, StoredCommand } from './command-batch.js';

/** When a command is due, and under which name. */
export interface Due {
  /** The command does not run before this time. */
  readonly at: Date;
  /** Names the timer among all others: a later one of the same id takes its place, `cancelDue` and `DurableCommandBus.cancel` end it. */
  readonly id: string;
  /** Leaves a timer of the same id that still waits as it is, instead of setting it anew. It spares writing where the command itself looks whether its time has come. */
  readonly keep?: boolean;
}

/** A command that is to be run at its time. */
class DueCommand {
  constructor(
    readonly command: object,
    readonly due: Due,
  ) {}
}

/** A timer that is to be ended. */
class DueCancelled {
  constructor(readonly id: string) {}
}

/**
 * Has a saga say when a command is due: `map((event) => dueCommand(new Remind(event.id), { at, id: event.id }))`. A timer speaks for
 * itself: the actor of what it leads to is `system`, while the command that a saga sends at once speaks for whoever caused the event.
 */
export function dueCommand(command: object, due: Due): object {
  return new DueCommand(command, due);
}

/** Has a saga end a timer: `map((event) => cancelDue(event.id))`. Nothing happens where there is none. */
export function cancelDue(id: string): object {
  return new DueCancelled(id);
}

/** Whom a saga's command comes from. */
export interface SagaOrigin {
  readonly source: string;
  readonly queue: string;
  readonly runId: string;
  readonly context: Pick<MessageContext, 'correlationId' | 'causationId' | 'actor'>;
}

/**
 * What a saga has yielded, as it is stored.
 * @throws UnknownCommandError for a command without a stable name
 * @throws Error for a command with an AsyncContext
 */
export function sagaWish(
  wish: unknown,
  { source, queue, runId, context }: SagaOrigin,
  registry: CommandRegistry,
): StoredCommand | Cancellation {
  if (wish instanceof DueCancelled) return { cancelled: wish.id };
  if (wish instanceof DueCommand) {
    const { command, due } = wish;
    refuseAsyncContext(command);
    return {
      id: due.id,
      runId,
      source,
      queue: null,
      type: registry.nameOf(command),
      data: command,
      metadata: { ...context, actor: SYSTEM_ACTOR },
      dueAt: due.at,
      keep: due.keep ?? false,
    };
  }
  const command = wish as object;
  refuseAsyncContext(command);
  return {
    id: runId,
    runId,
    source,
    queue,
    type: registry.nameOf(command),
    data: command,
    metadata: context,
    dueAt: null,
    keep: false,
  };
}
