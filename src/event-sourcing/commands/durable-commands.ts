import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';
import type { MessageMetadata } from '../runtime/command-metadata.js';
import type { CommandRegistry } from '../kernel/command-registry.js';
import type { StoredCommand } from './command-batch.js';

/** The source of commands that code has enqueued. Parked ones are listed under it. */
export const ENQUEUED = 'commands';

/** A stored command that this process runs. */
export interface ClaimedCommand {
  readonly id: string;
  readonly runId: string;
  readonly source: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly metadata: MessageMetadata;
  /** When it was due, by the clock of the database. */
  readonly dueAt: Date;
  /** How often it has failed. */
  readonly attempts: number;
}

/** A command that has failed, and when to try it again. */
export interface FailedCommand {
  readonly id: string;
  readonly runId: string;
  readonly attempts: number;
  readonly error: string;
  /** Milliseconds; `null` parks it. */
  readonly retryInMs: number | null;
}

/**
 * Part of a statement that need not be flushed to disk before its answer. Its effect may be lost in a crash of
 * PostgreSQL; the command then runs again, harmlessly.
 */
const NOT_FLUSHED = `set_config('synchronous_commit', 'off', true)`;

/** The stored commands of one place. */
export type CommandStore = Pick<DurableCommands, keyof DurableCommands>;

/** The stored commands in the command database. */
export class DurableCommands {
  private readonly wakeListeners = new Set<() => void>();

  constructor(
    private readonly dataSource: DataSource,
    readonly registry: CommandRegistry,
  ) {}

  /**
   * Calls `listener` when this process has stored commands, or commands have become ready.
   * @returns the function that ends it
   */
  onStored(listener: () => void): () => void {
    this.wakeListeners.add(listener);
    return () => this.wakeListeners.delete(listener);
  }

  /** Calls the listeners. */
  wake(): void {
    for (const listener of this.wakeListeners) listener();
  }

  /** Stores commands in their order. One replaces the command with the same id, unless `keep` is set. */
  async store(commands: readonly StoredCommand[]): Promise<void> {
    await this.pool.query({
      name: 'store commands',
      text: `SELECT change_commands($1::jsonb, '{}')`,
      values: [JSON.stringify(commands)],
    });
    this.wake();
  }

  /**
   * Removes a command that waits.
   * @returns whether there was one
   */
  async cancel(id: string): Promise<boolean> {
    const { rows } = await this.pool.query<{ cancelled: number }>(
      `SELECT change_commands('[]', $1::text[]) AS cancelled`,
      [[id]],
    );
    return (rows[0]?.cancelled ?? 0) > 0;
  }

  /**
   * Leases commands that are due and not leased, the longest due first. It takes only commands that this process has
   * a class for.
   * @param limit how many at most
   */
  async claim(holder: string, leaseMs: number, limit: number): Promise<ClaimedCommand[]> {
    const { rows } = await this.pool.query<ClaimedCommand>({
      name: 'claim commands',
      text: `
        WITH due AS (
          SELECT id FROM durable_command
           WHERE ready AND due_at <= now() AND (leased_until IS NULL OR leased_until < now()) AND type = ANY ($4)
           ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ), claimed AS (
          UPDATE durable_command c SET holder = $1, leased_until = now() + $2 * interval '1 ms'
            FROM due WHERE c.id = due.id
          RETURNING c.id, c.run_id AS "runId", c.source, c.type, c.data, c.metadata, c.due_at AS "dueAt", c.attempts
        )
        SELECT *, ${NOT_FLUSHED} FROM claimed`,
      values: [holder, leaseMs, limit, this.registry.types],
    });
    return rows;
  }

  /**
   * Renews the leases of running commands. Commands whose claim got no answer are not among `ids`, so their leases
   * end.
   */
  async renew(holder: string, ids: readonly string[], leaseMs: number): Promise<void> {
    await this.pool.query(
      `UPDATE durable_command SET leased_until = now() + $3 * interval '1 ms' WHERE holder = $1 AND id = ANY ($2)`,
      [holder, ids, leaseMs],
    );
  }

  /** Removes commands that have run, and makes the next ones of their queues ready. */
  async finish(commands: readonly Pick<ClaimedCommand, 'id' | 'runId'>[]): Promise<void> {
    await this.pool.query({
      name: 'finish commands',
      text: `SELECT finish_commands($1, $2), ${NOT_FLUSHED}`,
      values: [commands.map(({ id }) => id), commands.map(({ runId }) => runId)],
    });
  }

  /** Returns failed commands for a later attempt, unless they were replaced or another process holds them by now. */
  async fail(holder: string, commands: readonly FailedCommand[]): Promise<void> {
    await this.pool.query({
      name: 'fail commands',
      text: `
        UPDATE durable_command c
           SET holder = NULL, leased_until = NULL,
               attempts = CASE WHEN c.run_id = f."runId" THEN f.attempts ELSE c.attempts END,
               error = CASE WHEN c.run_id = f."runId" THEN f.error ELSE c.error END,
               due_at = CASE WHEN c.run_id = f."runId" THEN now() + f."retryInMs" * interval '1 ms' ELSE c.due_at END
          FROM jsonb_to_recordset($2::jsonb)
            AS f(id text, "runId" uuid, attempts integer, error text, "retryInMs" float8)
         WHERE c.id = f.id AND c.holder = $1`,
      values: [holder, JSON.stringify(commands)],
    });
  }

  /** Ends the leases of a process, so that others can run its commands. */
  async release(holder: string): Promise<void> {
    await this.pool.query('UPDATE durable_command SET holder = NULL, leased_until = NULL WHERE holder = $1', [
      holder,
    ]);
  }

  /** Ends the leases of processes whose sessions have ended, before their time is over. */
  async releaseOfDead(): Promise<void> {
    const { rowCount } = await this.pool.query({
      name: 'release commands of the dead',
      text: `
        WITH holders AS MATERIALIZED (
          SELECT DISTINCT holder FROM durable_command WHERE ready AND due_at <= now() AND leased_until >= now()
        ), dead AS MATERIALIZED (
          SELECT id FROM lease_member WHERE id IN (SELECT holder FROM holders) AND NOT is_leased(id, alive_until)
        )
        UPDATE durable_command SET holder = NULL, leased_until = NULL
         WHERE ready AND due_at <= now() AND holder IN (SELECT id FROM dead)`,
    });
    if (rowCount) this.wake();
  }

  /** Ends all leases. For a process that is known to be the only one. */
  async releaseAll(): Promise<void> {
    await this.pool.query(
      'UPDATE durable_command SET holder = NULL, leased_until = NULL WHERE holder IS NOT NULL',
    );
  }

  /**
   * Deletes outcomes of commands that nobody repeats any more.
   * @param olderThanMs their age at least, in milliseconds
   * @param limit how many at most
   * @returns how many
   */
  async forgetOutcomes(olderThanMs: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM command_outcome WHERE command_id IN (
         SELECT command_id FROM command_outcome WHERE recorded_at < now() - $1 * interval '1 ms' LIMIT $2)`,
      [olderThanMs, limit],
    );
    return rowCount ?? 0;
  }

  private get pool(): ReturnType<typeof poolOf> {
    return poolOf(this.dataSource);
  }
}
