import { Inject, Injectable } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { EventBus, type IEventHandler } from '@nestjs/cqrs';
import type { EventClass } from '../kernel/event.js';
import { EVENTS_HANDLER_METADATA } from './nest-metadata.js';
import { SubscriptionRunner } from '../subscriptions/subscription-runner.js';

/**
 * Stands in the place of Nest's EventBus. It is told of the same `@EventsHandler` classes, but brings them the events of the log:
 * after they were stored, in order, awaited, and from where each handler left off.
 */
@Injectable()
export class DurableEventBus extends EventBus {
  @Inject(SubscriptionRunner)
  private readonly runner!: SubscriptionRunner; // injected

  override register(handlers: InstanceWrapper<IEventHandler>[] = []): void {
    this.orAbandon(() => {
      for (const wrapper of handlers) this.add(wrapper);
    });
  }

  /** Called by CqrsModule when all handlers are registered. */
  override registerSagas(wrappers: InstanceWrapper<object>[] = []): void {
    this.orAbandon(() => {
      const [saga] = wrappers;
      if (saga)
        throw new Error(`${String(saga.name)} declares a saga, and sagas would not survive the process yet.`);
      this.runner.start();
    });
  }

  private add(wrapper: InstanceWrapper<IEventHandler>): void {
    if (!wrapper.isDependencyTreeStatic()) {
      throw new Error(
        `${String(wrapper.name)} is request-scoped; an events handler outlives requests and must be a singleton.`,
      );
    }
    const handlerClass = wrapper.instance.constructor as new () => object;
    const events = Reflect.getMetadata(EVENTS_HANDLER_METADATA, handlerClass) as EventClass[];
    this.runner.add(handlerClass, wrapper.instance, events);
  }

  private orAbandon(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.runner.abandon();
      throw error;
    }
  }

  override publish(event: object): never {
    throw new Error(
      `${event.constructor.name}: events are published by appending them to the log, with EventStore.transact.`,
    );
  }

  override publishAll(events: object[]): never {
    throw new Error(
      `${events.length} events: events are published by appending them to the log, with EventStore.transact.`,
    );
  }
}
