import type { DataSource, EntityManager } from 'typeorm';
import { ENQUEUED, type DurableCommands } from '../commands/durable-commands.js';
import type { EventLog } from '../log/event-log.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import * as sql from './subscription-admin.sql.js';
import type { DataSources } from '../subscriptions/data-sources.js';
import type { SubscriptionRunner } from './subscription-runner.js';
import type {
  ParkedItem,
  ParkedItemPage,
  ParkedItemPlace,
  SubscriptionStatus,
} from './subscription-status.js';
import { SubscriptionStatuses } from './subscription-statuses.js';

/** The place before all items. */
const START: ParkedItemPlace = { isCommand: false, order: 0 };

/** For operators: reads the status of all subscriptions, retries and drops what is parked, and rebuilds views. */
export class SubscriptionAdmin {
  private readonly reader: SubscriptionStatuses;

  /** @internal */
  constructor(
    private readonly runner: SubscriptionRunner,
    log: EventLog,
    settled: SettledLog,
    private readonly dataSources: DataSources,
    private readonly commands: DurableCommands,
  ) {
    this.reader = new SubscriptionStatuses(runner, log, settled, dataSources);
  }

  /**
   * The status of every subscription: those of this process, those of which only a checkpoint exists, and `commands`
   * for the commands that code has enqueued.
   */
  async statuses(): Promise<SubscriptionStatus[]> {
    return this.reader.read();
  }

  /**
   * Lists what is parked of one subscription: events in their order, then commands.
   * @param after the end of the page before
   * @param limit the size of the page
   * @returns `undefined` if there is no subscription of this name
   */
  async parked(
    name: string,
    after: ParkedItemPlace = START,
    limit = 100,
  ): Promise<ParkedItemPage | undefined> {
    const dataSource = await this.homeOf(name);
    if (!dataSource) return undefined;
    const isCommandDatabase = dataSource === this.dataSources.command;
    // One more than asked for shows whether more follow.
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
   * Retries a parked event at once, after earlier ones of the same key; or a parked command.
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @param mark from `markOfParked`: if it has changed since, nothing is done
   * @returns whether there is such an event or command
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
   * Drops a parked event: this handler never gets it, and the next event of its key is retried at once. Or drops a
   * parked command: the next command of its queue runs.
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @returns whether there was such an event or command
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
   * Starts to rebuild a view from the first event, beside the present view. Does nothing more if a rebuild is under
   * way.
   * @param name of the projection
   * @returns whether there is a projection of this name
   */
  async rebuild(name: string): Promise<boolean> {
    return this.runner.rebuild(name);
  }

  /**
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @returns a text that changes when the event or command is retried; `undefined` if it is not parked
   */
  async markOfParked(name: string, id: string): Promise<string | undefined> {
    const dataSource = await this.homeOf(name);
    const isCommandDatabase = dataSource === this.dataSources.command;
    const query = isCommandDatabase ? sql.MARK_OF_PARKED_WITH_COMMANDS : sql.MARK_OF_PARKED;
    const rows = await dataSource?.query<{ mark: string }[]>(query, [name, id]);
    return rows?.[0]?.mark;
  }

  /**
   * @param name of the projection
   * @returns a text that changes when the view was rebuilt; `undefined` if there is no projection of this name
   */
  async markOfView(name: string): Promise<string | undefined> {
    const found = this.runner.subscriptions.find(({ options }) => options.name === name);
    if (found?.options.kind !== 'projection') return undefined;
    const [checkpoint] = await this.dataSources.query.query<{ mark: string }[]>(sql.MARK_OF_VIEW, [name]);
    return checkpoint?.mark ?? '';
  }

  /**
   * Changes parked events in a transaction that also raises the epoch, so that the holder reads them again.
   * @param work resolves to whether it has changed something; if not, the transaction is rolled back
   */
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

  /** The database of a handler that this process has, or that has a checkpoint. */
  private async homeOf(name: string): Promise<DataSource | undefined> {
    const { command, query } = this.dataSources;
    if (name === ENQUEUED) return command;
    const found = this.runner.subscriptions.find(({ options }) => options.name === name);
    if (found) return found.options.kind === 'projection' ? query : command;
    // PostgreSQL refuses texts with NUL.
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
