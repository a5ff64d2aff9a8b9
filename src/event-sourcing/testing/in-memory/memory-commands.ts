import type { StoredCommand } from '../../commands/command-batch.js';
import type { ClaimedCommand, CommandStore, FailedCommand } from '../../commands/durable-commands.js';
import type { CommandRegistry } from '../../kernel/command-registry.js';
import { MemoryCommandRows, type MemoryCommand } from './memory-command-rows.js';
import { nextTurn } from './storable.js';
import type { TestClock } from './test-clock.js';

/** Stored commands in memory. A lease ends when its holder returns it, never by time. */
export class MemoryCommands implements CommandStore {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly rows: MemoryCommandRows,
    readonly registry: CommandRegistry,
    private readonly clock: TestClock,
  ) {
    clock.onMove(() => {
      this.wake();
    });
  }

  onStored(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  wake(): void {
    for (const listener of this.listeners) listener();
  }

  async store(commands: readonly StoredCommand[]): Promise<void> {
    await nextTurn();
    this.rows.change(commands, [], this.time);
    this.wake();
  }

  async cancel(id: string): Promise<boolean> {
    await nextTurn();
    return this.rows.change([], [id], this.time) > 0;
  }

  async claim(holder: string, _leaseMs: number, limit: number): Promise<ClaimedCommand[]> {
    await nextTurn();
    const due = this.rows.all.filter((one) => this.isDue(one) && one.holder === undefined);
    due.sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
    return due
      .filter(({ type }) => this.registry.has(type))
      .slice(0, limit)
      .map((row) => {
        row.holder = holder;
        return claimed(row);
      });
  }

  async renew(): Promise<void> {
    // No lease ends by time.
  }

  async finish(commands: readonly Pick<ClaimedCommand, 'id' | 'runId'>[]): Promise<void> {
    await nextTurn();
    this.rows.finish(commands);
  }

  async fail(holder: string, commands: readonly FailedCommand[]): Promise<void> {
    await nextTurn();
    for (const { id, runId, attempts, error, retryInMs } of commands) {
      const row = this.rows.get(id);
      if (row?.holder !== holder) continue;
      row.holder = undefined;
      if (row.runId !== runId) continue;
      Object.assign(row, { attempts, error, dueAt: retryInMs === null ? null : this.time + retryInMs });
    }
  }

  async release(holder: string): Promise<void> {
    await nextTurn();
    for (const row of this.rows.all) if (row.holder === holder) row.holder = undefined;
  }

  async releaseOfDead(): Promise<void> {
    // Modules in one memory do not die.
  }

  async releaseAll(): Promise<void> {
    await nextTurn();
    for (const row of this.rows.all) row.holder = undefined;
  }

  async forgetOutcomes(): Promise<number> {
    // A test does not last as long as outcomes are kept.
    return Promise.resolve(0);
  }

  /** Whether a command can run now, or is running. */
  isDue({ ready, dueAt, holder }: MemoryCommand): boolean {
    return holder !== undefined || (ready && dueAt !== null && dueAt <= this.time);
  }

  private get time(): number {
    return this.clock.now().getTime();
  }
}

function claimed({ data, metadata, dueAt, ...row }: MemoryCommand): ClaimedCommand {
  return {
    ...row,
    data: JSON.parse(data) as ClaimedCommand['data'],
    metadata: JSON.parse(metadata) as ClaimedCommand['metadata'],
    dueAt: new Date(dueAt ?? 0),
  };
}
