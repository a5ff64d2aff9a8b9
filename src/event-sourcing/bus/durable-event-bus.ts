import { Inject, Injectable } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { EventBus, type IEventHandler } from '@nestjs/cqrs';
import type { EventClass } from '../kernel/event.js';
import { EVENTS_HANDLER_METADATA, SAGA_METADATA } from './nest-metadata.js';
import { SubscriptionRunner } from '../subscriptions/subscription-runner.js';
import type { SagaFunction } from '../subscriptions/saga-delivery.js';

/**
 * Stands in the place of Nest's EventBus. It is told of the same `@EventsHandler` and `@Saga` classes, but brings them the events of
 * the log: after they were stored, in order, awaited, and from where each left off.
 */
@Injectable()
export class DurableEventBus extends EventBus {
  @Inject(SubscriptionRunner)
  private readonly runner!: SubscriptionRunner; // injected

  override register(handlers: InstanceWrapper<IEventHandler>[] = []): void {
    for (const wrapper of handlers) {
      const handlerClass = singletonOf(wrapper, 'an events handler');
      const events = Reflect.getMetadata(EVENTS_HANDLER_METADATA, handlerClass) as EventClass[];
      this.runner.addHandler(handlerClass, wrapper.instance, events);
    }
  }

  override registerSagas(wrappers: InstanceWrapper<object>[] = []): void {
    for (const wrapper of wrappers) {
      const sagaClass = singletonOf(wrapper, 'a saga');
      const properties = Reflect.getMetadata(SAGA_METADATA, sagaClass) as string[];
      const instance = wrapper.instance as Record<string, SagaFunction>;
      for (const property of properties) this.runner.addSaga(sagaClass, property, instance);
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

function singletonOf(wrapper: InstanceWrapper<object>, what: string): new () => object {
  if (!wrapper.isDependencyTreeStatic()) {
    throw new Error(
      `${String(wrapper.name)} is request-scoped; ${what} outlives requests and must be a singleton.`,
    );
  }
  return wrapper.instance.constructor as new () => object;
}
