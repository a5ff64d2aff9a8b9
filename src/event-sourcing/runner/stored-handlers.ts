import type { DataSource, EntityManager } from 'typeorm';
import * as sql from './stored-handlers.sql.js';
import { STATUSES, STATUSES_WITH_COMMANDS } from './subscription-admin.sql.js';
import { stateOf, type StatusState, type StoredStatus } from './subscription-status.js';

/** A handler as the databases know it. */
export interface StoredHandler {
  readonly name: string;
  readonly database: 'command' | 'query';
  readonly kind: string;
  readonly position: number;
  /** Positions of the log behind it. */
  readonly lag: number;
  readonly state: StatusState;
  readonly parked: number;
  /** The tables of a projection, as far as they are known. */
  readonly views: readonly string[];
}

/** The handler is not there, or what is asked for cannot be done to it. The message says what to do instead. */
export class StoredHandlerError extends Error {
  override readonly name = 'StoredHandlerError';
}

interface FoundCheckpoint {
  readonly kind: string | null;
  readonly views: readonly string[] | null;
  readonly hasOldRows: boolean;
}

/**
 * Works on what the databases hold of handlers, whether or not any code has them. It may be used while processes run: each change is
 * one transaction, and whoever held the checkpoint before finds it gone or changed and can write no more.
 */
export class StoredHandlers {
  constructor(
    private readonly command: DataSource,
    private readonly query: DataSource,
  ) {}

  async list(): Promise<StoredHandler[]> {
    const [head]: [{ position: number }] = await this.command.query(sql.HEAD);
    const ofHandlers: StoredStatus[] = await this.command.query(STATUSES_WITH_COMMANDS, [[]]);
    const ofProjections: StoredStatus[] = await this.query.query(STATUSES, [[]]);
    const told = (stored: StoredStatus, database: 'command' | 'query'): StoredHandler => ({
      name: stored.name,
      database,
      kind: stored.kind ?? (database === 'query' ? 'projection' : 'handler'),
      position: stored.position ?? 0,
      lag: Math.max(head.position - (stored.position ?? 0), 0),
      state: stateOf(stored),
      parked: stored.parked,
      views: stored.views ?? [],
    });
    return [
      ...ofHandlers.filter(({ kind }) => kind !== 'projection').map((one) => told(one, 'command')),
      ...ofProjections
        .filter(({ kind }) => kind === null || kind === 'projection')
        .map((one) => told(one, 'query')),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Removes a handler that is gone for good: its checkpoint, what is parked of it, and the rows of its view. What a saga has stored to
   * be run, and is not parked, still runs.
   * @returns what was removed, in words
   * @throws StoredHandlerError where there is no such handler
   */
  async drop(name: string): Promise<string> {
    return this.change(name, async (manager, { views, hasOldRows }) => {
      // Rows from before belong to whoever wrote them: the projection that was renamed, perhaps.
      const isKept = views !== null && !hasOldRows && !(await this.areShared(manager, name, views));
      const rows = isKept ? await clearRows(manager, views) : 0;
      const events = await count(manager, sql.DROP_PARKED_EVENTS, [name]);
      const commands = await this.dropParkedCommands(manager, name);
      await manager.query(sql.DROP_CHECKPOINT, [name]);
      return `its checkpoint, ${rows} rows, ${events} parked events, ${commands} parked commands`;
    });
  }

  /**
   * Has a handler go on under another name from where it is.
   * @throws StoredHandlerError where there is no such handler, or the other name is taken
   */
  async rename(name: string, to: string): Promise<void> {
    await this.change(name, async (manager) => {
      const [taken]: FoundCheckpoint[] = await manager.query(sql.LOCK_CHECKPOINT, [to]);
      if (taken && !taken.hasOldRows) {
        throw new StoredHandlerError(
          `There is a checkpoint of "${to}" already, so "${name}" cannot have its name. If "${to}" has begun by mistake, drop it first.`,
        );
      }
      // One that has never begun, because it found the rows of this very projection, gives way.
      await manager.query(sql.DROP_CHECKPOINT, [to]);
      await manager.query(sql.RENAME_PARKED_EVENTS, [name, to]);
      if (manager.dataSource === this.command) {
        await manager.query(sql.LOCK_QUEUES, [name]);
        await manager.query(sql.RENAME_COMMANDS, [name, to]);
      }
      await manager.query(sql.RENAME_CHECKPOINT, [name, to]);
    });
  }

  /**
   * Removes the rows of a projection and what is parked of it, and has it begin anew at the first event.
   * @returns how many rows were removed
   * @throws StoredHandlerError where there is no such projection, or its table is not known
   */
  async clear(name: string): Promise<number> {
    const [log]: [{ id: string }] = await this.command.query(sql.LOG_ID);
    return this.change(name, async (manager, { kind, views }) => {
      if (manager.dataSource !== this.query || (kind !== null && kind !== 'projection'))
        throw new StoredHandlerError(`"${name}" is no projection: it has no rows to clear.`);
      if (views === null) {
        throw new StoredHandlerError(
          `The tables of "${name}" are not known: no process that has this projection has started since the databases were migrated. Start one first.`,
        );
      }
      const rows = await clearRows(manager, views);
      await manager.query(sql.DROP_PARKED_EVENTS, [name]);
      await manager.query(sql.BEGIN_ANEW, [name, log.id]);
      return rows;
    });
  }

  private async change<T>(
    name: string,
    work: (manager: EntityManager, found: FoundCheckpoint) => Promise<T>,
  ): Promise<T> {
    for (const dataSource of new Set([this.query, this.command])) {
      const done = await dataSource.transaction(async (manager) => {
        const [found]: FoundCheckpoint[] = await manager.query(sql.LOCK_CHECKPOINT, [name]);
        return found && { result: await work(manager, found) };
      });
      if (done) return done.result;
    }
    throw new StoredHandlerError(`There is no checkpoint of "${name}".`);
  }

  private async areShared(manager: EntityManager, name: string, views: readonly string[]): Promise<boolean> {
    const others: unknown[] = await manager.query(sql.OTHERS_ON_VIEW, [name, views]);
    return others.length > 0;
  }

  private async dropParkedCommands(manager: EntityManager, name: string): Promise<number> {
    if (manager.dataSource !== this.command) return 0;
    const [{ dropped }]: [{ dropped: number }] = await manager.query(sql.DROP_PARKED_COMMANDS, [name]);
    return dropped;
  }
}

/** Takes no lock that readers would wait for. @param views quoted where need be */
async function clearRows(manager: EntityManager, views: readonly string[]): Promise<number> {
  let rows = 0;
  for (const view of views) {
    const [{ isThere }]: [{ isThere: boolean }] = await manager.query(sql.HAS_TABLE, [view]);
    if (isThere) rows += await count(manager, `DELETE FROM ${view}`, []);
  }
  return rows;
}

async function count(manager: EntityManager, statement: string, values: readonly unknown[]): Promise<number> {
  const [, affected] = await manager.query<[unknown[], number]>(statement, [...values]);
  return affected;
}
