import type { Append } from './append.js';
import type { PendingAppend } from './pending-append.js';

/** The end of a stream after the appends of a batch. */
interface StreamHead {
  readonly writer: PendingAppend;
  readonly version: number;
  readonly occurredAt: Date;
}

/**
 * A batch that is being filled. An append fits if everything that it builds on is stored or is in the batch before
 * it, and if it continues each stream where the batch leaves it. So what the SQL function checks for the first of
 * them holds for all.
 */
export class BatchPlan {
  readonly appends: PendingAppend[] = [];
  private readonly taken = new Set<PendingAppend>();
  private readonly heads = new Map<string, StreamHead>();
  private readonly commands = new Set<string>();

  /** Whether an append may follow those in the batch. */
  fits(pending: PendingAppend): boolean {
    const { writes, conditions, command } = pending.append;
    return (
      (command === undefined || !this.commands.has(command.id)) &&
      pending.buildsOn.every((base) => base.outcome === 'stored' || this.taken.has(base)) &&
      writes.every(({ stream, expectedVersion, occurredAt }) =>
        this.continues(pending, stream, expectedVersion, occurredAt),
      ) &&
      conditions.every(({ stream, version }) => this.continues(pending, stream, version))
    );
  }

  add(pending: PendingAppend): void {
    this.appends.push(pending);
    this.taken.add(pending);
    const { writes, command }: Append = pending.append;
    if (command) this.commands.add(command.id);
    for (const { stream, expectedVersion, events, occurredAt } of writes) {
      if (events.length === 0) continue;
      this.heads.set(stream, { writer: pending, version: expectedVersion + events.length, occurredAt });
    }
  }

  private continues(pending: PendingAppend, stream: string, version: number, occurredAt?: Date): boolean {
    const head = this.heads.get(stream);
    if (head === undefined) return true;
    if (head.version !== version || !pending.buildsOn.includes(head.writer)) return false;
    return occurredAt === undefined || occurredAt >= head.occurredAt;
  }
}
