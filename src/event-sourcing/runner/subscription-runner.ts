import { createHash } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import { ENQUEUED } from '../commands/durable-commands.js';
import type { DomainEvent, EventClass } from '../kernel/event.js';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { Rebuild } from '../projections/view-rebuilds.js';
import type { ViewRows } from '../projections/view-rows.js';
import type { ViewWatch } from '../projections/view-watch.js';
import { errorDetails } from '../runtime/error-details.js';
import type { Tracing } from '../runtime/tracing.js';
import { newId } from '../runtime/new-id.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import type { FailureReport } from '../subscriptions/attempts.js';
import { Dispatcher } from '../subscriptions/dispatcher.js';
import { LeaseKeeper } from '../subscriptions/lease-keeper.js';
import { checkPartitions } from '../subscriptions/partition.js';
import { SubscribedHandler } from '../subscriptions/subscribed-handler.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { Subscription } from '../subscriptions/subscription.js';
import { createCheckpoints } from './create-checkpoints.js';
import { defineHandler, defineSaga, type HandlerDefinition } from './handler-definitions.js';
import type { SagaFunction } from './run-saga.js';
import type { SagaCommands } from './saga-delivery.js';
import { TracedDelivery } from './traced-delivery.js';
import type { CheckpointHome, Rebuilds, SubscriptionStorage } from './subscription-storage.js';

/** How a process runs its subscriptions. */
export interface SubscriptionRunnerOptions {
  readonly retry: RetryPolicy;
  /** How long a lease lasts when its process is no longer heard of, in milliseconds. */
  readonly leaseMs: number;
  /** Whether no other process is on these databases. */
  readonly isAlone: () => boolean;
  /** Whether this process runs handlers at all. */
  readonly runsHandlers: boolean;
  /** Whether this process runs stored commands. */
  readonly runsCommands: boolean;
  /** The shell command of the command line for operators, which messages name. */
  readonly cli: string;
  /** Names the code of this process; by default a digest of its projections. */
  readonly release?: string | undefined;
  /** Records spans of deliveries. */
  readonly tracing?: Tracing | undefined;
}

/** Called with each event at which a handler has failed, and with what it has thrown. */
export type FailureListener = (event: DomainEvent, error: unknown) => void;

/**
 * Gives every `@EventsHandler` class and every `@Saga` a subscription, and runs those whose leases this process has.
 */
export class SubscriptionRunner {
  /** Identifies this process among the members that share the leases. */
  readonly memberId = newId();
  private readonly byName = new Map<string, SubscribedHandler>();
  private readonly rowsByName = new Map<string, ViewRows>();
  private keepers: LeaseKeeper[] = [];
  private readonly rebuilds: Rebuilds;
  private readonly failureListeners: FailureListener[] = [];

  /** @internal */
  constructor(
    private readonly registry: EventRegistry,
    private readonly settled: SettledLog,
    private readonly storage: SubscriptionStorage,
    private readonly commands: SagaCommands,
    private readonly watch: ViewWatch,
    private readonly options: SubscriptionRunnerOptions,
    private readonly logger: Logger,
  ) {
    this.rebuilds = storage.rebuilds(settled, options.retry, logger);
  }

  /** The subscriptions of all handlers of this process, whether or not they run here. */
  get subscriptions(): SubscribedHandler[] {
    return [...this.byName.values()];
  }

  /**
   * The rows of each projection, by its name.
   * @internal
   */
  get views(): ReadonlyMap<string, ViewRows> {
    return this.rowsByName;
  }

  /** How this process stands as a runner of stored commands; `undefined` if it runs none. */
  get commandsState(): 'running' | 'outdated' | undefined {
    if (!this.options.runsCommands) return undefined;
    return this.settled.failure ? 'outdated' : 'running';
  }

  /** Whether this process runs handlers at all. */
  get runsHandlers(): boolean {
    return this.options.runsHandlers;
  }

  /** Names the code of this process. Other code may make other rows of the same events. */
  get release(): string {
    const { release } = this.options;
    if (release !== undefined) return release;
    const codes = [...this.rowsByName.values()].map(({ code }) => code).sort();
    return createHash('sha256').update(JSON.stringify(codes)).digest('hex');
  }

  /** Number of subscriptions that run in this process. Each partition of a handler counts. */
  get held(): number {
    return this.keepers.reduce((sum, keeper) => sum + keeper.count, 0);
  }

  /**
   * Calls `listener`, which must not throw, after each failed attempt to handle an event.
   * @internal
   */
  onFailure(listener: FailureListener): void {
    this.failureListeners.push(listener);
  }

  /**
   * Adds an `@EventsHandler`.
   * @throws Error for an event class that is not registered, a name that is taken, or a projection that is not
   *   supported
   * @internal
   */
  addHandler(handlerClass: new () => object, instance: object, events: readonly EventClass[]): void {
    const unknown = events.find((eventClass) => !this.registry.has(eventClass));
    if (unknown) {
      throw new Error(
        `${handlerClass.name} handles ${unknown.name}, which is not registered. ` +
          `List it in DurableCqrsModule.forFeature.`,
      );
    }
    this.add(defineHandler(handlerClass, instance, events, this.storage));
  }

  /**
   * Adds a `@Saga`.
   * @throws Error for a name that is taken
   * @internal
   */
  addSaga(sagaClass: new () => object, property: string, instance: Record<string, SagaFunction>): void {
    this.add(defineSaga(sagaClass, property, instance, this.commands, this.storage.sagaWork));
  }

  /**
   * Starts the subscriptions. When this resolves, new handlers will get all events that are stored from now on.
   * @throws Error for a view whose table is missing or does not match its entity
   * @internal
   */
  async start(): Promise<void> {
    for (const rows of this.rowsByName.values()) await rows.check();
    if (this.options.runsHandlers) await this.rebuilds.removeLeftovers();
    const { command, query } = this.storage;
    for (const home of new Set([command, query])) {
      const handlers = this.options.runsHandlers
        ? this.subscriptions.filter(({ options }) => this.homeOf(options) === home)
        : [];
      const options = handlers.map((handler) => handler.options);
      if (options.length > 0)
        await createCheckpoints(home.checkpoints, options, this.settled, this.logger, this.options.cli);
      // A process that runs commands announces itself in the command database, even without a handler there.
      if (handlers.length > 0 || (home === command && this.options.runsCommands))
        this.keepLeases(home, handlers);
    }
    if (this.options.runsHandlers) this.rebuilds.watchRequests();
  }

  /**
   * Lets the process end after a start that was refused.
   * @internal
   */
  abandon(): void {
    this.settled.stop().catch((error: unknown) => {
      this.logger.error('The connection that follows the event log could not be closed.', error);
    });
  }

  /**
   * Starts to rebuild a view beside the present one. Does nothing more if that is under way.
   * @returns `undefined` if there is no projection of this name
   * @internal
   */
  async rebuild(name: string): Promise<Rebuild | undefined> {
    return this.rebuilds.begin(name);
  }

  /**
   * Ends what runs here and returns its leases.
   * @internal
   */
  async stop(): Promise<void> {
    await this.rebuilds.stop();
    await Promise.all(this.keepers.map((keeper) => keeper.stop()));
    this.keepers = [];
  }

  private add({ options, delivery, rows }: HandlerDefinition): void {
    const { name } = options;
    checkPartitions(name, options.partitions);
    if (this.byName.has(name)) {
      throw new Error(
        `Two event handlers have the name "${name}", or one is listed in two modules. Give each its own name.`,
      );
    }
    const { settled, logger } = this;
    const { checkpoints } = this.homeOf(options);
    const { retry, tracing } = this.options;
    const report: FailureReport = (...failure) => {
      this.reportFailure(name, ...failure);
    };
    const onProgress = (): void => {
      if (rows) this.watch.notify();
    };
    const handler = new SubscribedHandler(options, (partition) => {
      const inner = delivery(partition);
      const traced = tracing ? new TracedDelivery(inner, tracing, options) : inner;
      const dispatcher = new Dispatcher(settled, checkpoints, traced, retry, report);
      return new Subscription(options, settled, checkpoints, dispatcher, logger, onProgress, partition);
    });
    this.byName.set(name, handler);
    if (!rows) return;
    this.rowsByName.set(name, rows);
    this.rebuilds.add(options, rows);
  }

  private keepLeases(home: CheckpointHome, handlers: readonly SubscribedHandler[]): void {
    const { leaseMs, isAlone } = this.options;
    const member = { id: this.memberId, leaseMs, release: this.release };
    const leases = home.leases(member, this.logger);
    const others = (): Record<string, string> => {
      const { commandsState } = this;
      return commandsState && home === this.storage.command ? { [ENQUEUED]: commandsState } : {};
    };
    const { checkpoints } = home;
    const keeper = new LeaseKeeper(handlers, this.settled, checkpoints, leases, this.logger, others);
    this.keepers.push(keeper);
    keeper.start(isAlone());
  }

  /** A checkpoint is in the database that its handler writes to, so that one statement can write both. */
  private homeOf({ kind }: SubscriptionOptions): CheckpointHome {
    return kind === 'projection' ? this.storage.query : this.storage.command;
  }

  private reportFailure(name: string, recorded: RecordedEvent, attempts: number, error: unknown): void {
    const { stream, event, metadata } = recorded;
    const isParked = attempts >= this.options.retry.attempts;
    const fate = isParked ? 'is parked, with later events of its key' : 'will be retried';
    this.logger.error(
      `Handler "${name}" failed at "${event.type}" of ${stream}, which ${fate} ` +
        `(attempt ${attempts}, correlation id ${metadata.correlationId}).`,
      errorDetails(error),
    );
    for (const listener of this.failureListeners) listener(event, error);
  }
}
