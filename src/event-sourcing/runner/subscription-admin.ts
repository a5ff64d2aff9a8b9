import type { DataSource, EntityManager } from 'typeorm';
import { ENQUEUED } from '../commands/durable-commands.js';
import type { DurableCommands } from '../commands/durable-commands.js';
import type { EventLog } from '../log/event-log.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import * as sql from './subscription-admin.sql.js';
import type { SubscriptionDataSources, SubscriptionRunner } from './subscription-runner.js';
import type {
  ParkedItem,
  ParkedItemPage,
  ParkedItemPlace,
  SubscriptionStatus,
} from './subscription-status.js';
import { SubscriptionStatuses } from './subscription-statuses.js';

/** A place before all others. */
const START: ParkedItemPlace = { isCommand: false, order: 0 };

/** For operators: how the subscriptions stand, wherever they run, and what is to become of what is parked. */
export class SubscriptionAdmin {
  private readonly reader: SubscriptionStatuses;

  constructor(
    private readonly runner: SubscriptionRunner,
    log: EventLog,
    settled: SettledLog,
    private readonly dataSources: SubscriptionDataSources,
    private readonly commands: DurableCommands,
  ) {
    this.reader = new SubscriptionStatuses(runner, log, settled, dataSources);
  }

  /**
   * Every subscription of this process, under `commands` what code has enqueued, and every checkpoint whose handler this
   * process does not have.
   */
  async statuses(): Promise<SubscriptionStatus[]> {
    return this.reader.read();
  }

  /**
   * What is parked of one subscription: events in their order, then commands.
   * @returns `undefined` where there is no subscription of this name
   */
  async parked(
    name: string,
    after: ParkedItemPlace = START,
    limit = 100,
  ): Promise<ParkedItemPage | undefined> {
    const dataSource = await this.homeOf(name);
    if (!dataSource) return undefined;
    const isCommandDatabase = dataSource === this.dataSources.command;
    // One more than asked for tells whether more follow.
    const rows: (ParkedItem & ParkedItemPlace)[] = await dataSource.query(
      isCommandDatabase ? sql.PARKED_ITEMS_WITH_COMMANDS : sql.PARKED_ITEMS,
      [name, after.isCommand, after.order, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last ? { isCommand: last.isCommand, order: last.order } : null;
    return { items: page.map(withoutPlace), next };
  }

  /**
   * Has a parked event tried at once, after those before it of the same key; or a parked command.
   * @param id of the event, or of the run of the command
   * @param mark as it was given by `markOfParked`: nothing is done where it is another one by now
   * @returns whether there is such a one
   */
  async retry(name: string, id: string, mark?: string): Promise<boolean> {
    const isEvent = await this.change(name, async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(sql.RETRY_KEY, [name, id, mark]);
      return rows.length > 0;
    });
    if (isEvent || (await this.homeOf(name)) !== this.dataSources.command) return isEvent;
    const [rows] = await this.dataSources.command.query<[unknown[], number]>(sql.RETRY_COMMAND, [
      name,
      id,
      mark,
    ]);
    if (rows.length > 0) this.commands.wake();
    return rows.length > 0;
  }

  /**
   * Gives a parked event up for this handler; the next of its key is tried at once. Or a parked command: the next of its queue is run.
   * @param id of the event, or of the run of the command
   * @returns whether there was such a one
   */
  async drop(name: string, id: string): Promise<boolean> {
    const isEvent = await this.change(name, async (manager) => {
      const [[dropped]] = await manager.query<[{ key: string; position: number }[], number]>(sql.DROP_EVENT, [
        name,
        id,
      ]);
      if (dropped) await manager.query(sql.RETRY_NEXT, [name, dropped.key, dropped.position]);
      return dropped !== undefined;
    });
    if (isEvent || (await this.homeOf(name)) !== this.dataSources.command) return isEvent;
    const rows: unknown[] = await this.dataSources.command.query(sql.DROP_COMMAND, [name, id]);
    if (rows.length > 0) this.commands.wake();
    return rows.length > 0;
  }

  /**
   * Has a view built anew from the first event on, beside the one that is there until it takes its place. Nothing more is begun where that is under way.
   * @returns whether there is a projection of this name
   */
  async rebuild(name: string): Promise<boolean> {
    return this.runner.rebuild(name);
  }

  /** @returns a text that is another one once the event, or the run of a command, of this id was tried; `undefined` where none is parked */
  async markOfParked(name: string, id: string): Promise<string | undefined> {
    const dataSource = await this.homeOf(name);
    const isCommandDatabase = dataSource === this.dataSources.command;
    const query = isCommandDatabase ? sql.MARK_OF_PARKED_WITH_COMMANDS : sql.MARK_OF_PARKED;
    const rows = await dataSource?.query<{ mark: string }[]>(query, [name, id]);
    return rows?.[0]?.mark;
  }

  /** @returns a text that is another one once the view of a projection was built anew; `undefined` where there is no projection of this name */
  async markOfView(name: string): Promise<string | undefined> {
    const found = this.runner.subscriptions.find(({ options }) => options.name === name);
    if (found?.options.kind !== 'projection') return undefined;
    const [checkpoint] = await this.dataSources.query.query<{ mark: string }[]>(sql.MARK_OF_VIEW, [name]);
    return checkpoint?.mark ?? '';
  }

  /** Changes what is parked under its holder, who finds the epoch raised and begins anew; nothing is raised where nothing is changed. */
  private async change(name: string, work: (manager: EntityManager) => Promise<boolean>): Promise<boolean> {
    const dataSource = await this.homeOf(name);
    if (!dataSource) return false;
    const runner = dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
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

  /** The database of a handler that this process has, or that has a checkpoint at least. */
  private async homeOf(name: string): Promise<DataSource | undefined> {
    const { command, query } = this.dataSources;
    if (name === ENQUEUED) return command;
    const found = this.runner.subscriptions.find(({ options }) => options.name === name);
    if (found) return found.options.kind === 'projection' ? query : command;
    // PostgreSQL stores no NUL, and takes none.
    if (name.includes('\0')) return undefined;
    for (const dataSource of [command, query]) {
      const rows: unknown[] = await dataSource.query(sql.HAS_CHECKPOINT, [name]);
      if (rows.length > 0) return dataSource;
    }
    return undefined;
  }
}

function withoutPlace({
  id,
  stream,
  position,
  type,
  attempts,
  error,
  parkedAt,
  retryAt,
}: ParkedItem): ParkedItem {
  return { id, stream, position, type, attempts, error, parkedAt, retryAt };
}
