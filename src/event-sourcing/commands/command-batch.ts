import type { MessageMetadata } from '../runtime/command-metadata.js';

/** A command as the SQL function `store_commands` takes it. */
export interface StoredCommand {
  /** Names the command for cancelling and replacing it. */
  readonly id: string;
  /** A UUID that is the same only if the same wish is stored again. */
  readonly runId: string;
  readonly source: string;
  /** Commands of one queue run one after the other; `null` for a command that waits for no other. */
  readonly queue: string | null;
  /** Stable name of its class. */
  readonly type: string;
  readonly data: object;
  readonly metadata: MessageMetadata;
  /** When it is due; `null` for now. */
  readonly dueAt: Date | null;
  /** Whether a command with the same id that still waits stays in its place. */
  readonly keep: boolean;
}

/** Cancels the command with an id. */
export interface Cancellation {
  readonly cancelled: string;
}

/** Commands and cancellations in their order. For each id, the last one counts. */
export class CommandBatch {
  private readonly byId = new Map<string, StoredCommand | Cancellation>();

  add(wish: StoredCommand | Cancellation): void {
    const id = 'cancelled' in wish ? wish.cancelled : wish.id;
    const before = this.byId.get(id);
    if (before && !('cancelled' in before) && !('cancelled' in wish) && wish.keep) return;
    // Moved to the end: the order is that of the last wish for each id.
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
