import type { DataSource, EntityManager } from 'typeorm';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import { partitionName, partitionsOf } from '../subscriptions/partition.js';
import { StoredHandlerError } from './stored-handler-error.js';
import * as sql from './stored-handlers.sql.js';
import { changePartitions, type SplitHandler } from './stored-partitions.js';

interface FoundCheckpoint extends SplitHandler {
  readonly views: readonly string[] | null;
}

/**
 * Changes what the databases store about handlers, whether or not any code still has them. Processes may run
 * meanwhile: each change is one transaction, after which the former holder of the checkpoint can write no more.
 */
export class StoredHandlers {
  private readonly command: DataSource;
  private readonly query: DataSource;

  constructor({ command, query }: DatabasePair) {
    this.command = command;
    this.query = query;
  }

  /**
   * Removes a handler that no longer exists: its checkpoint, its parked events and commands, and the rows of its
   * view. Other commands that a saga has stored still run.
   * @returns what was removed, in words
   * @throws StoredHandlerError if there is no such handler
   */
  async drop(name: string): Promise<string> {
    return this.change(name, async (manager, { views, hasOldRows }) => {
      // Old rows belong to the projection that wrote them, for instance under a former name.
      const ownsRows = views !== null && !hasOldRows && !(await this.areShared(manager, name, views));
      const rows = ownsRows ? await clearRows(manager, views) : 0;
      const events = await count(manager, sql.DROP_PARKED_EVENTS, [name]);
      const commands = await this.dropParkedCommands(manager, name);
      await manager.query(sql.DROP_CHECKPOINT, [name]);
      return `its checkpoint, ${rows} rows, ${events} parked events, ${commands} parked commands`;
    });
  }

  /**
   * Renames a handler. It goes on from where it is.
   * @throws StoredHandlerError if there is no such handler, or the new name is taken
   */
  async rename(name: string, to: string): Promise<void> {
    await this.change(name, async (manager, { partitions }) => {
      const [taken]: FoundCheckpoint[] = await manager.query(sql.LOCK_CHECKPOINT, [to]);
      if (taken && !taken.hasOldRows) {
        throw new StoredHandlerError(
          `"${name}" cannot be renamed: "${to}" already has a checkpoint. ` +
            `If "${to}" has begun by mistake, remove it first.`,
        );
      }
      // A checkpoint that cannot be acquired, because of the rows of this very projection, is removed.
      await manager.query(sql.DROP_CHECKPOINT, [to]);
      const names = namesOf(name, partitions);
      await manager.query(sql.RENAME_PARKED_EVENTS, [names, namesOf(to, partitions)]);
      if (manager.dataSource === this.command) {
        await manager.query(sql.LOCK_QUEUES, [name]);
        await manager.query(sql.RENAME_COMMANDS, [name, to]);
      }
      await manager.query(sql.RENAME_CHECKPOINT, [names, namesOf(to, partitions), to]);
    });
  }

  /**
   * Changes the number of partitions of a handler. Running processes follow within seconds.
   * @param count from 1 to 64
   * @returns the number of partitions before
   * @throws StoredHandlerError if there is no such handler, or it cannot be split
   */
  async partition(name: string, count: number): Promise<number> {
    return this.change(name, async (manager, found) => {
      await changePartitions(manager, name, found, count);
      return found.partitions;
    });
  }

  /**
   * Removes the rows and the parked events of a projection. It begins again at the first event.
   * @returns how many rows were removed
   * @throws StoredHandlerError if there is no such projection, or its tables are not known
   */
  async clear(name: string): Promise<number> {
    const [log]: [{ id: string }] = await this.command.query(sql.LOG_ID);
    return this.change(name, async (manager, { kind, views }) => {
      if (manager.dataSource !== this.query || (kind !== null && kind !== 'projection'))
        throw new StoredHandlerError(`"${name}" is not a projection, so it has no rows to clear.`);
      if (views === null) {
        throw new StoredHandlerError(
          `The tables of "${name}" are not known, because no process with this projection has started since the migration. ` +
            `Start one first.`,
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
        if (found && found.partitions > 1) await manager.query(sql.LOCK_PARTITIONS, [name]);
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

/** The names of the checkpoint of a handler and of its partitions. */
function namesOf(handler: string, partitions: number): string[] {
  return partitions === 1
    ? [handler]
    : [handler, ...partitionsOf(partitions).map((partition) => partitionName(handler, partition))];
}

/** Deletes the rows, without a lock that readers would wait for. @param views quoted if need be */
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
