import { refuseAsyncContext } from './async-context.js';
import { SYSTEM_ACTOR } from '../kernel/recorded-event.js';
import type { MessageMetadata } from '../runtime/command-metadata.js';
import type { CommandRegistry } from '../kernel/command-registry.js';
import type { Cancellation, StoredCommand } from './command-batch.js';

/** When a command is due, and under which id. */
export interface Due {
  /** The command does not run before this time. */
  readonly at: Date;
  /** Names the timer. A later one with the same id replaces it; `cancelDue` and `DurableCommandBus.cancel` end it. */
  readonly id: string;
  /**
   * Leaves a waiting timer of the same id as it is. The command has to check itself whether its time has come. While the saga knows that
   * the timer waits, its events write nothing.
   */
  readonly keep?: boolean;
}

/** A command with the time at which to run it. */
class DueCommand {
  constructor(
    readonly command: object,
    readonly due: Due,
  ) {}
}

/** A timer to cancel. */
class DueCancelled {
  constructor(readonly id: string) {}
}

/**
 * Lets a saga yield a command for a later time: `map((event) => dueCommand(new Remind(event.id), { at, id: event.id
 * }))`. The actor of what a timer leads to is `system`. A command that a saga sends at once has the actor of the
 * event.
 */
export function dueCommand(command: object, due: Due): object {
  return new DueCommand(command, due);
}

/** Lets a saga cancel a timer: `map((event) => cancelDue(event.id))`. Without such a timer, nothing happens. */
export function cancelDue(id: string): object {
  return new DueCancelled(id);
}

/** The timer that a wish of a saga sets or ends; `undefined` for a wish without a timer. */
export function timerOf(wish: unknown): Pick<Due, 'id' | 'keep'> | undefined {
  if (wish instanceof DueCommand) return wish.due;
  return wish instanceof DueCancelled ? { id: wish.id } : undefined;
}

/** Whom a saga's command comes from. */
export interface SagaOrigin {
  readonly source: string;
  readonly queue: string;
  readonly runId: string;
  readonly context: MessageMetadata;
}

/**
 * Converts what a saga has yielded into what is stored.
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
