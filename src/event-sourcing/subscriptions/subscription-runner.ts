import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { EventClass } from '../kernel/event.js';
import type { EventRegistry } from '../kernel/event-registry.js';
import type { SettledLog } from '../log/settled-log.js';
import { Checkpoints } from './checkpoints.js';
import { HandlerDelivery } from './handler-delivery.js';
import { ProjectionDelivery } from './projection-delivery.js';
import { PROJECTION_METADATA, type ProjectionOptions, type ViewProjection } from './projection.js';
import { Subscription, type SubscriptionObserver } from './subscription.js';
import { DURABLE_HANDLER_METADATA, type DurableHandlerOptions } from './subscription-name.js';
import type { ViewWatch } from './view-watch.js';
import { ViewWriter } from './view-writer.js';

export interface SubscriptionDataSources {
  /** Holds the checkpoints of plain handlers. */
  readonly command: DataSource;
  /** Holds the views, and the checkpoints of their projections. */
  readonly query: DataSource;
}

/** Gives every `@EventsHandler` class a subscription of its own. */
export class SubscriptionRunner implements SubscriptionObserver {
  private readonly byName = new Map<string, Subscription>();

  constructor(
    private readonly registry: EventRegistry,
    private readonly settled: SettledLog,
    private readonly dataSources: SubscriptionDataSources,
    private readonly watch: ViewWatch,
    private readonly logger: Logger,
  ) {}

  get subscriptions(): Subscription[] {
    return [...this.byName.values()];
  }

  /**
   * @throws Error for an event class that is not registered, or a name that is taken
   */
  add(handlerClass: new () => object, instance: object, events: readonly EventClass[]): void {
    const unknown = events.find((eventClass) => !this.registry.has(eventClass));
    if (unknown) {
      throw new Error(
        `${handlerClass.name} handles ${unknown.name}, which is not registered: list it in EventSourcingModule.forFeature.`,
      );
    }
    const subscription = this.subscriptionFor(handlerClass, instance, events);
    const { name } = subscription.options;
    if (this.byName.has(name)) {
      throw new Error(
        `Two event handlers are called "${name}", or one is listed in two modules. Each needs a name of its own.`,
      );
    }
    this.byName.set(name, subscription);
  }

  start(): void {
    for (const subscription of this.subscriptions) subscription.start();
  }

  /** The start is refused. What was begun for it must not keep the process alive. */
  abandon(): void {
    this.settled.stop().catch((error: unknown) => {
      this.logger.error('The event log could not be let go of.', error);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  onProgress(subscription: Subscription): void {
    if (subscription.options.kind === 'projection') this.watch.notify();
  }

  onRetry({ options }: Subscription, error: unknown): void {
    const stack = error instanceof Error ? error.stack : String(error);
    this.logger.error(`Handler "${options.name}" failed and is tried again.`, stack);
  }

  onEnd({ options, state }: Subscription, error: Error): void {
    if (state === 'fenced') this.logger.warn(`Handler "${options.name}" goes on in another process.`);
    else this.logger.error(`Handler "${options.name}" has stopped: ${error.message}`, error.stack);
  }

  private subscriptionFor(
    handlerClass: new () => object,
    instance: object,
    events: readonly EventClass[],
  ): Subscription {
    const projection = Reflect.getMetadata(PROJECTION_METADATA, handlerClass) as
      ProjectionOptions | undefined;
    if (projection) {
      const checkpoints = new Checkpoints(this.dataSources.query);
      const writer = new ViewWriter(this.dataSources.query, projection.view);
      const delivery = new ProjectionDelivery(instance as ViewProjection<object>, writer);
      const options = { name: projection.name, kind: 'projection', events, startAt: 'beginning' } as const;
      return new Subscription(options, this.settled, checkpoints, delivery, this);
    }
    const named = Reflect.getMetadata(DURABLE_HANDLER_METADATA, handlerClass) as
      DurableHandlerOptions | undefined;
    const checkpoints = new Checkpoints(this.dataSources.command);
    const handler = instance as { handle(event: object): unknown };
    const delivery = new HandlerDelivery((event) => handler.handle(event), checkpoints);
    const options = {
      name: named?.name ?? handlerClass.name,
      kind: 'handler',
      events,
      startAt: named?.startAt ?? 'head',
    } as const;
    return new Subscription(options, this.settled, checkpoints, delivery, this);
  }
}
