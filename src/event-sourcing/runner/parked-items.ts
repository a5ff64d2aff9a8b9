import type { DataSource, EntityManager } from 'typeorm';
import { ENQUEUED } from '../commands/durable-commands.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import * as sql from './subscription-admin.sql.js';
import type { ParkedItem, ParkedItemPage, ParkedItemPlace } from './subscription-status.js';

interface DroppedEvent {
  /** The handler, or its partition. */
  readonly handler: string;
  readonly key: string;
  readonly position: number;
}

/** The place before all items. */
const START: ParkedItemPlace = { isCommand: false, order: 0 };

/** Lists, retries and drops what is parked. It works on the tables and needs no code of the handlers. */
export class ParkedItems {
  /**
   * @param kindHere the kind of a subscription of this process, which may have no checkpoint yet; `undefined` for
   *   others
   */
  constructor(
    private readonly databases: DatabasePair,
    private readonly kindHere: (name: string) => string | undefined = () => undefined,
  ) {}

  /**
   * Lists what is parked of one subscription: events in their order, then commands.
   * @param after the end of the page before
   * @param limit the size of the page
   * @returns `undefined` if there is no subscription of this name
   */
  async list(name: string, after: ParkedItemPlace = START, limit = 100): Promise<ParkedItemPage | undefined> {
    const home = await this.homeOf(name);
    if (!home) return undefined;
    // One more than asked for shows whether more follow.
    const rows: (ParkedItem & ParkedItemPlace)[] = await home.query(
      home === this.databases.command ? sql.PARKED_ITEMS_WITH_COMMANDS : sql.PARKED_ITEMS,
      [name, after.isCommand, after.order, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last ? { isCommand: last.isCommand, order: last.order } : null;
    return { items: page.map(withoutPlace), next };
  }

  /**
   * Retries a parked event at once, after earlier ones of the same key; or a parked command.
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @param mark from `markOf`: if it has changed since, nothing is done
   * @returns whether there is such an event or command
   */
  async retry(name: string, id: string, mark?: string): Promise<boolean> {
    const home = await this.homeOf(name);
    if (!home) return false;
    const isEvent = await change(home, name, async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(sql.RETRY_KEY, [name, id, mark]);
      return rows.length > 0;
    });
    if (isEvent || home !== this.databases.command) return isEvent;
    const [rows] = await home.query<[unknown[], number]>(sql.RETRY_COMMAND, [name, id, mark]);
    return rows.length > 0;
  }

  /**
   * Drops a parked event: this handler never gets it, and the next event of its key is retried at once. Or drops a
   * parked command: the next command of its queue runs.
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @returns whether there was such an event or command
   */
  async drop(name: string, id: string): Promise<boolean> {
    const home = await this.homeOf(name);
    if (!home) return false;
    const isEvent = await change(home, name, async (manager) => {
      const [[dropped]] = await manager.query<[DroppedEvent[], number]>(sql.DROP_EVENT, [name, id]);
      if (dropped) await manager.query(sql.RETRY_NEXT, [dropped.handler, dropped.key, dropped.position]);
      return dropped !== undefined;
    });
    if (isEvent || home !== this.databases.command) return isEvent;
    const rows: unknown[] = await home.query(sql.DROP_COMMAND, [name, id]);
    return rows.length > 0;
  }

  /**
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @returns a text that changes when the event or command is retried; `undefined` if it is not parked
   */
  async markOf(name: string, id: string): Promise<string | undefined> {
    const home = await this.homeOf(name);
    const query = home === this.databases.command ? sql.MARK_OF_PARKED_WITH_COMMANDS : sql.MARK_OF_PARKED;
    const rows = await home?.query<{ mark: string }[]>(query, [name, id]);
    return rows?.[0]?.mark;
  }

  /** The database of a subscription of this process, or of one that has a checkpoint. */
  private async homeOf(name: string): Promise<DataSource | undefined> {
    const { command, query } = this.databases;
    if (name === ENQUEUED) return command;
    const kind = this.kindHere(name);
    if (kind !== undefined) return kind === 'projection' ? query : command;
    // PostgreSQL refuses texts with NUL.
    if (name.includes('\0')) return undefined;
    for (const dataSource of [command, query]) {
      const rows: unknown[] = await dataSource.query(sql.HAS_CHECKPOINT, [name]);
      if (rows.length > 0) return dataSource;
    }
    return undefined;
  }
}

/**
 * Changes parked events in a transaction that also raises the epochs, so that the holders read them again.
 * @param work resolves to whether it has changed something; if not, the transaction is rolled back
 */
async function change(
  dataSource: DataSource,
  name: string,
  work: (manager: EntityManager) => Promise<boolean>,
): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query(sql.LOCK_HANDLER, [name]);
    await runner.query(sql.RAISE_EPOCH, [name]);
    const hasChanged = await work(runner.manager);
    if (hasChanged) await runner.commitTransaction();
    else await runner.rollbackTransaction();
    return hasChanged;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}

function withoutPlace(row: ParkedItem): ParkedItem {
  const { id, stream, position, type, attempts, error, parkedAt, retryAt } = row;
  return { id, stream, position, type, attempts, error, parkedAt, retryAt };
}
