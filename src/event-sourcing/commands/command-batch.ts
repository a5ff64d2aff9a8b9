import type { MessageContext } from '../runtime/message-context.js';

/** A command as it is stored; the shape that the function `store_commands` takes. */
export interface StoredCommand {
  /** Under it the command is cancelled or replaced. */
  readonly id: string;
  /** A UUID that is the same only when the very same wish comes again. */
  readonly runId: string;
  readonly source: string;
  /** Commands of one queue are run one after the other; `null` for one that waits for no other. */
  readonly queue: string | null;
  /** Stable name of its class. */
  readonly type: string;
  readonly data: object;
  readonly metadata: Pick<MessageContext, 'correlationId' | 'causationId' | 'actor'>;
  /** When it is due; `null` for at once. */
  readonly dueAt: Date | null;
  /** Whether one of the same id that still waits stays instead of it. */
  readonly keep: boolean;
}

/** That the command of an id is not to be run. */
export interface Cancellation {
  readonly cancelled: string;
}

/** Commands and cancellations in the order in which they came; of those of one id the last one counts. */
export class CommandBatch {
  private readonly byId = new Map<string, StoredCommand | Cancellation>();

  add(wish: StoredCommand | Cancellation): void {
    const id = 'cancelled' in wish ? wish.cancelled : wish.id;
    const before = this.byId.get(id);
    if (before && !('cancelled' in before) && !('cancelled' in wish) && wish.keep) return;
    // To the end: the order is that of the last word on each.
    this.byId.delete(id);
    this.byId.set(id, wish);
  }

  get isEmpty(): boolean {
    return this.byId.size === 0;
  }

  get stored(): StoredCommand[] {
    return [...this.byId.values()].filter((wish) => !('cancelled' in wish)) as StoredCommand[];
  }

  get cancelled(): string[] {
    return [...this.byId.values()].flatMap((wish) => ('cancelled' in wish ? [wish.cancelled] : []));
  }
}
