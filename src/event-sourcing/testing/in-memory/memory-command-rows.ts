import type { StoredCommand } from '../../commands/command-batch.js';
import { toJson } from './storable.js';

/** A command as it is stored. */
export interface MemoryCommand {
  readonly id: string;
  /** Place among all commands, in the order in which they were stored. */
  readonly sequence: number;
  readonly source: string;
  readonly queue: string | null;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  runId: string;
  type: string;
  data: string;
  metadata: string;
  /** Whether it is the first of its queue, or has none. */
  ready: boolean;
  /** In milliseconds since 1970; `null` if it is parked. */
  dueAt: number | null;
  attempts: number;
  error: string | null;
  /** The module that runs it now. */
  holder: string | undefined;
}

/** The rows of stored commands: the table `durable_command`, and the SQL functions that change it. */
export class MemoryCommandRows {
  private readonly byId = new Map<string, MemoryCommand>();
  private sequence = 0;

  /** All commands, in the order in which they were stored. */
  get all(): MemoryCommand[] {
    return [...this.byId.values()];
  }

  get(id: string): MemoryCommand | undefined {
    return this.byId.get(id);
  }

  /**
   * Stores commands in their order, then removes the cancelled ones.
   * @param now in milliseconds since 1970
   * @returns how many commands the last step touched
   * @throws Error for data that PostgreSQL refuses; then nothing was changed
   */
  change(commands: readonly StoredCommand[], cancelled: readonly string[], now: number): number {
    const prepared = commands.map((command) => ({
      command,
      data: toJson(command.data),
      metadata: toJson(command.metadata),
    }));
    for (const { command, data, metadata } of prepared) this.put(command, data, metadata, now);
    return cancelled.length > 0 ? cancelled.filter((id) => this.cancel(id)).length : prepared.length;
  }

  /** Removes commands that have run, and makes the next ones of their queues ready. */
  finish(commands: readonly { readonly id: string; readonly runId: string }[]): void {
    for (const { id, runId } of commands) {
      const row = this.byId.get(id);
      if (!row) continue;
      // A command that was stored again under the same id meanwhile stays.
      if (row.runId === runId) this.remove(row);
      else row.holder = undefined;
    }
  }

  private put(command: StoredCommand, data: string, metadata: string, now: number): void {
    const { id, runId, source, queue, type, keep } = command;
    const dueAt = command.dueAt?.getTime() ?? now;
    const present = this.byId.get(id);
    if (!present) {
      const ready = queue === null || !this.all.some((one) => one.queue === queue);
      const place = { id, sequence: ++this.sequence, source, queue, ready, createdAt: now };
      const run = { runId, type, data, metadata, dueAt, attempts: 0, error: null, holder: undefined };
      this.byId.set(id, { ...place, ...run });
      return;
    }
    if ((keep && present.holder === undefined) || present.runId === runId) return;
    Object.assign(present, { runId, type, data, metadata, dueAt, attempts: 0, error: null });
  }

  private cancel(id: string): boolean {
    const row = this.byId.get(id);
    return row?.queue === null && this.byId.delete(id);
  }

  private remove({ id, queue }: MemoryCommand): void {
    this.byId.delete(id);
    const next = queue === null ? undefined : this.all.find((one) => one.queue === queue);
    if (next) next.ready = true;
  }
}
