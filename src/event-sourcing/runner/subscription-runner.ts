import { createHash } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ENQUEUED } from '../commands/durable-commands.js';
import type { DurableCommands } from '../commands/durable-commands.js';
import type { EventClass } from '../kernel/event.js';
import { UnknownEventError, type EventRegistry } from '../kernel/event-registry.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { newId } from '../runtime/new-id.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { Checkpoints, FencedOffError } from '../subscriptions/checkpoints.js';
import type { Delivery } from '../subscriptions/delivery.js';
import { errorDetails } from '../runtime/error-details.js';
import { HandlerDelivery } from './handler-delivery.js';
import { HANDLERS_COMMAND } from './handlers-command.js';
import { Intake } from '../subscriptions/intake.js';
import { LeaseKeeper } from '../subscriptions/lease-keeper.js';
import { Leases } from '../subscriptions/leases.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import { ProjectionDelivery } from '../projections/projection-delivery.js';
import {
  PROJECTION_METADATA,
  type ProjectionOptions,
  type RowsProjection,
} from '../projections/projection.js';
import { SagaDelivery, type SagaFunction } from './saga-delivery.js';
import {
  Subscription,
  type StartAt,
  type SubscriptionObserver,
  type SubscriptionOptions,
} from '../subscriptions/subscription.js';
import {
  DURABLE_HANDLER_METADATA,
  durableSagaOptions,
  type DurableHandlerOptions,
} from './subscription-name.js';
import { surviveLostConnections } from '../postgres/survive-lost-connections.js';
import type { ViewWatch } from '../projections/view-watch.js';
import { ViewRebuilds } from '../projections/view-rebuilds.js';
import { ViewRows, type KeyRows } from '../projections/view-rows.js';

export interface SubscriptionDataSources {
  /** Holds the checkpoints of plain handlers and sagas. */
  readonly command: DataSource;
  /** Holds the views, and the checkpoints of their projections. */
  readonly query: DataSource;
}

export interface SubscriptionRunnerOptions {
  readonly retry: RetryPolicy;
  /** How long a process holds what it has without being heard of, in milliseconds. */
  readonly leaseMs: number;
  /** No other process is on these databases. */
  readonly isAlone: boolean;
  /** Whether this process runs handlers at all. */
  readonly runsHandlers: boolean;
  /** Whether this process runs stored commands. */
  readonly runsCommands: boolean;
  /** Names the code of this process; by default a digest of its projections. */
  readonly release?: string | undefined;
}

/** Gives every `@EventsHandler` class and every `@Saga` a subscription of its own, and runs those that this process holds. */
export class SubscriptionRunner {
  /** Names this process where it takes part in the leases. */
  readonly memberId = newId();
  private readonly byName = new Map<string, Subscription>();
  private readonly rowsByName = new Map<string, ViewRows>();
  private keepers: LeaseKeeper[] = [];
  private readonly rebuilds: ViewRebuilds;

  constructor(
    private readonly registry: EventRegistry,
    private readonly settled: SettledLog,
    private readonly dataSources: SubscriptionDataSources,
    private readonly commands: DurableCommands,
    private readonly watch: ViewWatch,
    private readonly options: SubscriptionRunnerOptions,
    private readonly logger: Logger,
  ) {
    surviveLostConnections(dataSources.command);
    surviveLostConnections(dataSources.query);
    this.rebuilds = new ViewRebuilds(dataSources.query, logger);
  }

  get subscriptions(): Subscription[] {
    return [...this.byName.values()];
  }

  /** The rows of each projection, by its name. */
  get views(): ReadonlyMap<string, ViewRows> {
    return this.rowsByName;
  }

  /** The state of what runs stored commands here; `undefined` where this process runs none. */
  get commandsState(): 'running' | 'outdated' | undefined {
    if (!this.options.runsCommands) return undefined;
    return this.settled.failure ? 'outdated' : 'running';
  }

  /** Whether this process runs handlers at all. */
  get runsHandlers(): boolean {
    return this.options.runsHandlers;
  }

  /** Names the code of this process. Rows that other code has written may be other rows. */
  get release(): string {
    const { release } = this.options;
    if (release !== undefined) return release;
    const codes = [...this.rowsByName.values()].map(({ code }) => code).sort();
    return createHash('sha256').update(JSON.stringify(codes)).digest('hex');
  }

  /** How many subscriptions run in this process. */
  get held(): number {
    return this.keepers.reduce((sum, keeper) => sum + keeper.count, 0);
  }

  /** @throws Error for an event class that is not registered, or a name that is taken */
  addHandler(handlerClass: new () => object, instance: object, events: readonly EventClass[]): void {
    const unknown = events.find((eventClass) => !this.registry.has(eventClass));
    if (unknown) {
      throw new Error(
        `${handlerClass.name} handles ${unknown.name}, which is not registered: list it in EventSourcingModule.forFeature.`,
      );
    }
    const projection = Reflect.getMetadata(PROJECTION_METADATA, handlerClass) as
      ProjectionOptions | undefined;
    if (projection) {
      const rows = new ViewRows(projection, instance as RowsProjection<KeyRows>, this.dataSources.query);
      const options: SubscriptionOptions = {
        name: projection.name,
        kind: 'projection',
        events,
        startAt: 'beginning',
        views: rows.views.map(({ table }) => table),
      };
      this.add(options, new ProjectionDelivery(rows));
      this.rowsByName.set(projection.name, rows);
      this.rebuilds.add({
        options,
        rows,
        settled: this.settled,
        retry: this.options.retry,
        observer: this.observerOf(options),
      });
      return;
    }
    const named = Reflect.getMetadata(DURABLE_HANDLER_METADATA, handlerClass) as
      DurableHandlerOptions | undefined;
    const { name = handlerClass.name, startAt = 'head' } = named ?? {};
    const handler = instance as { handle(event: object): unknown };
    const delivery = new HandlerDelivery(name, (event) => handler.handle(event));
    this.add({ name, kind: 'handler', events, startAt }, delivery);
  }

  /** @throws Error for a name that is taken */
  addSaga(sagaClass: new () => object, property: string, instance: Record<string, SagaFunction>): void {
    const named = durableSagaOptions(sagaClass, property);
    const { name = `${sagaClass.name}.${property}`, startAt = 'head' } = named ?? {};
    const delivery = new SagaDelivery(
      name,
      // Called on its instance, as it may be a method.
      (events) => instance[property]?.(events) ?? missing(sagaClass, property),
      this.commands,
    );
    this.add({ name, kind: 'saga', events: 'all', startAt }, delivery);
  }

  /**
   * When this resolves, handlers that are new will hear of all that is stored from now on, if this process runs handlers.
   * @throws Error for a view whose table is missing or does not fit
   */
  async start(): Promise<void> {
    for (const rows of this.rowsByName.values()) await rows.check();
    if (this.options.runsHandlers) await this.rebuilds.clearAway();
    const { command, query } = this.dataSources;
    for (const dataSource of new Set([command, query])) {
      const subscriptions = this.options.runsHandlers
        ? this.subscriptions.filter(({ options }) => this.homeOf(options) === dataSource)
        : [];
      if (subscriptions.length > 0) await this.createCheckpoints(dataSource, subscriptions);
      // Who runs commands has to be heard of in the command database, even without a handler there.
      if (subscriptions.length > 0 || (dataSource === command && this.options.runsCommands))
        this.keep(dataSource, subscriptions);
    }
  }

  /** The start is refused. What was begun for it must not keep the process alive. */
  abandon(): void {
    this.settled.stop().catch((error: unknown) => {
      this.logger.error('The event log could not be let go of.', error);
    });
  }

  /**
   * Has a view built anew beside the one that is there. When this resolves it has begun.
   * @returns whether there is a projection of this name
   */
  async rebuild(name: string): Promise<boolean> {
    return this.rebuilds.begin(name);
  }

  /** Ends what runs here and gives it back to the other processes. */
  async stop(): Promise<void> {
    await this.rebuilds.stop();
    await Promise.all(this.keepers.map((keeper) => keeper.stop()));
    this.keepers = [];
  }

  private keep(dataSource: DataSource, subscriptions: readonly Subscription[]): void {
    const { leaseMs, isAlone } = this.options;
    const leases = new Leases(dataSource, this.memberId, leaseMs, this.release, (error) => {
      this.logger.warn(`The connection that keeps the leases was lost: ${error.message}`);
    });
    const observer = {
      onEnd: (subscription: Subscription, error: Error) => {
        this.onEnd(subscription, error);
      },
      onBeatFailed: (error: unknown) => {
        this.logger.warn(`The leases could not be kept: ${errorDetails(error)}`);
      },
    };
    const others = (): Record<string, string> => {
      const { commandsState } = this;
      return commandsState && dataSource === this.dataSources.command ? { [ENQUEUED]: commandsState } : {};
    };
    const checkpoints = new Checkpoints(dataSource);
    const keeper = new LeaseKeeper(subscriptions, this.settled, checkpoints, leases, observer, others);
    this.keepers.push(keeper);
    keeper.start(isAlone);
  }

  private add(options: SubscriptionOptions, delivery: Delivery): void {
    const { name } = options;
    if (this.byName.has(name)) {
      throw new Error(
        `Two event handlers are called "${name}", or one is listed in two modules. Each needs a name of its own.`,
      );
    }
    const checkpoints = new Checkpoints(this.homeOf(options));
    const intake = new Intake(this.settled, checkpoints, delivery, this.options.retry, {
      onFailure: (recorded, attempts, error) => {
        this.onFailure(name, recorded, attempts, error);
      },
    });
    const observer = this.observerOf(options);
    this.byName.set(name, new Subscription(options, this.settled, checkpoints, intake, observer));
  }

  private observerOf({ name, kind }: SubscriptionOptions): SubscriptionObserver {
    return {
      onProgress: () => {
        if (kind === 'projection') this.watch.notify();
      },
      onRetry: (_, error) => {
        this.logger.error(`Handler "${name}" failed and is tried again.`, errorDetails(error));
      },
    };
  }

  private async createCheckpoints(
    dataSource: DataSource,
    subscriptions: readonly Subscription[],
  ): Promise<void> {
    const starting = (at: StartAt): SubscriptionOptions[] =>
      subscriptions.map(({ options }) => options).filter(({ startAt }) => startAt === at);
    const checkpoints = new Checkpoints(dataSource);
    const { identity } = this.settled;
    const top = await this.settled.top();
    await checkpoints.create(starting('beginning'), identity, { position: 0, eventId: null }, top.position);
    await checkpoints.create(starting('head'), identity, top);
    const names = subscriptions.map(({ options }) => options.name);
    for (const name of await checkpoints.withOldRows(names)) {
      this.logger.error(
        `Projection "${name}" is new, but its table has rows already. It starts when they are cleared, by "${HANDLERS_COMMAND} clear ${name}". If it was renamed, run "${HANDLERS_COMMAND} rename <old name> ${name}".`,
      );
    }
  }

  /** Checkpoints lie where they can be moved together with what a handler writes. */
  private homeOf({ kind }: SubscriptionOptions): DataSource {
    return kind === 'projection' ? this.dataSources.query : this.dataSources.command;
  }

  private onFailure(
    name: string,
    { stream, event, metadata }: RecordedEvent,
    attempts: number,
    error: unknown,
  ): void {
    const fate =
      attempts >= this.options.retry.attempts ? 'is parked, with what follows it' : 'is tried again';
    this.logger.error(
      `Handler "${name}" failed at "${event.type}" of ${stream}, which ${fate} (attempt ${attempts}, correlation id ${metadata.correlationId}).`,
      errorDetails(error),
    );
  }

  private onEnd({ options }: Subscription, error: Error): void {
    // That this process is outdated was logged once, for all handlers.
    if (error instanceof UnknownEventError) return;
    if (error instanceof FencedOffError)
      this.logger.warn(
        `Handler "${options.name}" goes on in another process, unless it was dropped or renamed.`,
      );
    else this.logger.error(`Handler "${options.name}" has stopped: ${error.message}`, error.stack);
  }
}

function missing(sagaClass: new () => object, property: string): never {
  throw new Error(`${sagaClass.name}.${property} is marked as a saga and is no function.`);
}
