import type { DurableCommands } from '../commands/durable-commands.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';
import { RebuildError } from '../projections/rebuild-records.js';
import { ParkedItems } from './parked-items.js';
import { storedCommands, type StoredCommandPage } from './stored-command-list.js';
import * as sql from './subscription-admin.sql.js';
import type { SubscriptionRunner } from './subscription-runner.js';
import type { ParkedItemPage, ParkedItemPlace, SubscriptionStatus } from './subscription-status.js';
import { SubscriptionStatuses } from './subscription-statuses.js';

/** For operators: reads the status of all subscriptions, retries and drops what is parked, and rebuilds views. */
export class SubscriptionAdmin {
  private readonly parkedItems: ParkedItems;

  /** @internal */
  constructor(
    private readonly runner: SubscriptionRunner,
    private readonly settled: SettledLog,
    private readonly databases: DatabasePair,
    private readonly commands: DurableCommands,
  ) {
    this.parkedItems = new ParkedItems(databases, (name) => this.kindHere(name));
  }

  /**
   * The status of every subscription: those of this process, those of which only a checkpoint exists, and `commands`
   * for the commands that code has enqueued.
   */
  async statuses(): Promise<SubscriptionStatus[]> {
    const { subscriptions, runsHandlers, commandsState } = this.runner;
    // A process that runs no handlers only knows whether its code is outdated.
    const knowsStates = runsHandlers || this.settled.failure !== undefined;
    return new SubscriptionStatuses(this.databases, { subscriptions, commandsState, knowsStates }).read();
  }

  /**
   * Lists what is parked of one subscription: events in their order, then commands.
   * @param after the end of the page before
   * @param limit the size of the page
   * @returns `undefined` if there is no subscription of this name
   */
  async parked(name: string, after?: ParkedItemPlace, limit?: number): Promise<ParkedItemPage | undefined> {
    return this.parkedItems.list(name, after, limit);
  }

  /**
   * Retries a parked event at once, after earlier ones of the same key; or a parked command.
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @param mark from `markOfParked`: if it has changed since, nothing is done
   * @returns whether there is such an event or command
   */
  async retry(name: string, id: string, mark?: string): Promise<boolean> {
    const isDone = await this.parkedItems.retry(name, id, mark);
    if (isDone) this.commands.wake();
    return isDone;
  }

  /**
   * Drops a parked event: this handler never gets it, and the next event of its key is retried at once. Or drops a
   * parked command: the next command of its queue runs.
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @returns whether there was such an event or command
   */
  async drop(name: string, id: string): Promise<boolean> {
    const isDone = await this.parkedItems.drop(name, id);
    if (isDone) this.commands.wake();
    return isDone;
  }

  /**
   * Rebuilds a view from the first event, beside the present view. Resolves when the new view has replaced it. If a
   * rebuild is under way in any process, this waits for it. `statuses` shows the progress.
   * @param name of the projection
   * @throws RebuildError if this process has no such projection, or the view was not replaced
   */
  async rebuild(name: string): Promise<void> {
    const rebuild = await this.runner.rebuild(name);
    if (!rebuild) throw new RebuildError(`This process has no projection "${name}".`);
    await rebuild.done();
  }

  /**
   * Starts to rebuild a view and does not wait for its end.
   * @param name of the projection
   * @returns whether this process has such a projection
   */
  async startRebuild(name: string): Promise<boolean> {
    return (await this.runner.rebuild(name)) !== undefined;
  }

  /**
   * @param name of the subscription
   * @param id of the event, or of the run of the command
   * @returns a text that changes when the event or command is retried; `undefined` if it is not parked
   */
  async markOfParked(name: string, id: string): Promise<string | undefined> {
    return this.parkedItems.markOf(name, id);
  }

  /**
   * @param name of the projection
   * @returns a text that changes when the view was rebuilt; `undefined` if there is no projection of this name
   */
  async markOfView(name: string): Promise<string | undefined> {
    if (this.kindHere(name) !== 'projection') return undefined;
    const [checkpoint] = await this.databases.query.query<{ mark: string }[]>(sql.MARK_OF_VIEW, [name]);
    return checkpoint?.mark ?? '';
  }

  /**
   * Lists the commands that are stored and have not run, in the order in which they were stored.
   * @param after `next` of the page before
   * @param limit the size of the page
   */
  async storedCommands(after = 0, limit = 100): Promise<StoredCommandPage> {
    return storedCommands(this.databases.command, after, limit);
  }

  private kindHere(name: string): string | undefined {
    return this.runner.subscriptions.find(({ options }) => options.name === name)?.options.kind;
  }
}
