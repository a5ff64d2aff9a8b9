import type { DataSource } from 'typeorm';

/** A command that is stored and has not run. Its data is left out. */
export interface StoredCommandItem {
  /** Id of its run, by which a parked command is retried or dropped. */
  readonly id: string;
  /** Stable name of the command. */
  readonly type: string;
  /** The saga that stored it; `commands` if other code enqueued it. */
  readonly source: string;
  /** `waiting` for its time or for an earlier command; `running` in a process; `parked` until an operator acts. */
  readonly state: 'waiting' | 'running' | 'parked';
  /** When it is due; `null` if it is parked. */
  readonly dueAt: Date | null;
  /** How often it has failed. */
  readonly attempts: number;
  /** The error of the last attempt. */
  readonly error: string | null;
  /** When it was stored. */
  readonly createdAt: Date;
}

/** A page of stored commands, in the order in which they were stored. */
export interface StoredCommandPage {
  /** The commands, in order. */
  readonly commands: readonly StoredCommandItem[];
  /** `after` of the next page; `null` at the end. */
  readonly next: number | null;
}

const COMMANDS = `
  SELECT run_id AS id, type, source, due_at AS "dueAt", attempts, error, created_at AS "createdAt",
         CASE WHEN due_at IS NULL THEN 'parked' WHEN leased_until >= now() THEN 'running' ELSE 'waiting' END AS state,
         sequence::float8 AS sequence
    FROM durable_command WHERE sequence > $1 ORDER BY sequence LIMIT $2`;

/**
 * Lists stored commands.
 * @param command the data source of the command database
 * @param after `next` of the page before; 0 for the first page
 */
export async function storedCommands(
  command: DataSource,
  after: number,
  limit: number,
): Promise<StoredCommandPage> {
  const rows: (StoredCommandItem & { sequence: number })[] = await command.query(COMMANDS, [
    after,
    limit + 1,
  ]);
  const page = rows.slice(0, limit);
  return {
    commands: page.map(itemOf),
    next: rows.length > limit ? (page.at(-1)?.sequence ?? null) : null,
  };
}

function itemOf(row: StoredCommandItem): StoredCommandItem {
  const { id, type, source, state, dueAt, attempts, error, createdAt } = row;
  return { id, type, source, state, dueAt, attempts, error, createdAt };
}
