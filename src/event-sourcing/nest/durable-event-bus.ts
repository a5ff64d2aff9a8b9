import { Inject, Injectable } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { EventBus, type IEventHandler } from '@nestjs/cqrs';
import { EMPTY, isObservable } from 'rxjs';
import type { EventClass } from '../kernel/event.js';
import { EVENTS_HANDLER_METADATA, SAGA_METADATA } from './nest-metadata.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import type { SagaFunction } from '../runner/run-saga.js';

/**
 * Replaces the EventBus of Nest. It gets the same `@EventsHandler` and `@Saga` classes, but their events come from
 * the log: after they were stored, in order, awaited, and from where each handler left off.
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
      for (const property of properties) {
        checkSaga(sagaClass, property, instance);
        this.runner.addSaga(sagaClass, property, instance);
      }
    }
  }

  override subscribe(): never {
    throw notSupported('subscribe');
  }

  override pipe(): never {
    throw notSupported('pipe');
  }

  override bind(): never {
    throw notSupported('bind');
  }

  override get publisher(): never {
    throw notSupported('publisher');
  }

  override set publisher(_publisher: unknown) {
    throw notSupported('publisher');
  }

  override publish(event: object): never {
    throw new Error(
      `EventBus.publish is not supported for ${event.constructor.name}. ` +
        `Append events to the log with EventStore.transact.`,
    );
  }

  override publishAll(events: object[]): never {
    throw new Error(
      `EventBus.publishAll is not supported for ${events.length} events. ` +
        `Append events to the log with EventStore.transact.`,
    );
  }
}

function notSupported(method: string): Error {
  return new Error(
    `EventBus.${method} is not supported: no event passes through this bus. Handlers get their events from the log. ` +
      'Use an @EventsHandler or a @Saga, or read the log with EventFeed.',
  );
}

/** Calls the saga with an empty stream, so that a property that is not a saga is found at the start. */
function checkSaga(sagaClass: new () => object, property: string, instance: Record<string, unknown>): void {
  const name = `${sagaClass.name}.${property}`;
  const saga = instance[property];
  if (typeof saga !== 'function') {
    throw new Error(`${name} is marked with @Saga and is of type ${typeof saga}. A saga is a function.`);
  }
  if (!isObservable(saga.call(instance, EMPTY))) {
    throw new Error(
      `${name} is marked with @Saga and returns no Observable. A saga maps events to commands.`,
    );
  }
}

function singletonOf(wrapper: InstanceWrapper<object>, what: string): new () => object {
  if (!wrapper.isDependencyTreeStatic()) {
    throw new Error(
      `${String(wrapper.name)} is request-scoped. Make it a singleton: ${what} outlives requests.`,
    );
  }
  return wrapper.instance.constructor as new () => object;
}
