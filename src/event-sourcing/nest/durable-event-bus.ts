import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { AsyncContext, EventBus, UnhandledExceptionBus, type IEventHandler } from '@nestjs/cqrs';
import { EMPTY, isObservable } from 'rxjs';
import { findLoaded, loadedAggregate, type LoadedAggregate } from '../aggregates/loaded-aggregate.js';
import { commitLater, endAfter, withUnitOfWork } from '../aggregates/unit-of-work.js';
import { refuseOwnContext } from '../commands/async-context.js';
import type { Decider } from '../kernel/decider.js';
import type { DomainEvent, EventClass } from '../kernel/event.js';
import { remember } from '../kernel/record-of.js';
import { SettledLog } from '../log/settled/settled-log.js';
import { projectionOptions } from '../projections/projection.js';
import { relayOptions } from '../relays/relay.js';
import { newId } from '../runtime/new-id.js';
import { EVENTS_HANDLER_METADATA, SAGA_METADATA } from './nest-metadata.js';
import { SubscriptionRunner } from '../runner/subscription-runner.js';
import type { SagaFunction } from '../runner/run-saga.js';
import { statefulOperatorOf } from '../runner/stateful-operators.js';
import { EventStore } from '../store/event-store.js';
import { scopedHandler } from './scoped-handler.js';

/** Events that no aggregate has published. */
const PUBLISHED: Decider<null, DomainEvent> = {
  category: 'published',
  initialState: null,
  evolve: () => null,
};

/**
 * Replaces the EventBus of Nest. It gets the same `@EventsHandler` and `@Saga` classes, but their events come from
 * the log: after they were stored, in order, awaited, and from where each handler left off. As an Observable it emits
 * every event that any process stores while this one runs, in the order of the log, once it is settled.
 */
@Injectable()
export class DurableEventBus extends EventBus implements OnModuleInit {
  @Inject(SubscriptionRunner)
  private readonly runner!: SubscriptionRunner; // injected, as all below
  @Inject(SettledLog)
  private readonly settled!: SettledLog;
  @Inject(EventStore)
  private readonly store!: EventStore;
  @Inject(ModuleRef)
  private readonly providers!: ModuleRef;
  @Inject(UnhandledExceptionBus)
  private readonly exceptions!: UnhandledExceptionBus;
  private readonly logger = new Logger(DurableEventBus.name);
  private unfollow: (() => void) | undefined;

  /** @internal */
  onModuleInit(): void {
    this.unfollow = this.settled.onSettled((recorded) => {
      if (!this.subject$.observed) return;
      remember(recorded);
      this.subject$.next(recorded.event);
    });
  }

  /** @internal */
  override onModuleDestroy(): void {
    this.unfollow?.();
    super.onModuleDestroy();
  }

  /** @internal */
  override register(wrappers: InstanceWrapper<IEventHandler>[] = []): void {
    for (const wrapper of wrappers) {
      const handlerClass = classOf(wrapper);
      const events = Reflect.getMetadata(EVENTS_HANDLER_METADATA, handlerClass) as EventClass[];
      this.runner.addHandler(handlerClass, this.handlerOf(wrapper, handlerClass), events);
    }
  }

  /** @internal */
  override registerSagas(wrappers: InstanceWrapper<object>[] = []): void {
    for (const wrapper of wrappers) {
      const sagaClass = classOf(wrapper);
      if (!wrapper.isDependencyTreeStatic()) throw mustBeSingleton(sagaClass, 'a saga');
      const properties = Reflect.getMetadata(SAGA_METADATA, sagaClass) as string[];
      const instance = wrapper.instance as Record<string, SagaFunction>;
      for (const property of properties) {
        checkSaga(sagaClass, property, instance);
        this.runner.addSaga(sagaClass, property, instance);
      }
    }
  }

  /**
   * Stores an event. If an aggregate of a repository publishes it (`mergeObjectContext`), the running command stores
   * it at its end. Any other event is stored at once, in a stream of its own.
   * @param dispatcher the aggregate that publishes it, or the AsyncContext
   * @returns resolves when the event is on disk; a command or an event handler that does not await it ends after it.
   *   Outside of them a failure is also logged and published to UnhandledExceptionBus.
   * @throws Error within a decision; for an aggregate that no repository has loaded; for an AsyncContext of another
   *   class than MessageRequest, because it would be lost
   */
  override publish(event: object, dispatcher?: unknown, context?: AsyncContext): unknown {
    return this.publishAll([event], dispatcher, context);
  }

  /** Stores events in one append, as `publish` stores one. */
  override publishAll(events: object[], dispatcher?: unknown, context?: AsyncContext): unknown {
    const ownContext = dispatcher instanceof AsyncContext ? dispatcher : context;
    for (const event of events) refuseOwnContext(event, ownContext);
    const aggregate = aggregateOf(dispatcher);
    if (aggregate) {
      commitLater(aggregate, events);
      return undefined;
    }
    const id = newId();
    const stored = this.store.transact((tx) => {
      tx.create(PUBLISHED, id);
      tx.append(PUBLISHED, id, events as DomainEvent[]);
    });
    if (!endAfter(stored)) this.reportFailure(stored, events);
    return stored;
  }

  /** The caller may drop the promise. Its failure must neither be lost nor end the process. */
  private reportFailure(stored: Promise<void>, events: readonly object[]): void {
    stored.catch((exception: unknown) => {
      const names = events.map(({ constructor }) => constructor.name).join(', ');
      this.logger.error(`The published events were not confirmed as stored: ${names}.`, exception);
      for (const cause of events) this.exceptions.publish({ cause, exception });
    });
  }

  /** @internal */
  override bind(): never {
    throw notSupported('bind');
  }

  override get publisher(): never {
    throw notSupported('publisher');
  }

  override set publisher(_publisher: unknown) {
    throw notSupported('publisher');
  }

  /** The instance that handles events. What it commits or publishes is stored before the next event. */
  private handlerOf(wrapper: InstanceWrapper<IEventHandler>, handlerClass: new () => object): object {
    const isStatic = wrapper.isDependencyTreeStatic();
    const isRelay = relayOptions(handlerClass) !== undefined;
    if (isRelay || projectionOptions(handlerClass)) {
      if (!isStatic) throw mustBeSingleton(handlerClass, isRelay ? 'a relay' : 'a projection');
      return wrapper.instance;
    }
    const handler = isStatic ? wrapper.instance : scopedHandler(this.providers, handlerClass);
    return {
      handle: (event: DomainEvent) =>
        withUnitOfWork<unknown>(this.store, () => handler.handle(event) as unknown),
    };
  }
}

/** The aggregate that publishes; `undefined` if the dispatcher is none. */
function aggregateOf(dispatcher: unknown): LoadedAggregate | undefined {
  if (typeof dispatcher !== 'object' || dispatcher === null) return undefined;
  return 'getUncommittedEvents' in dispatcher ? loadedAggregate(dispatcher) : findLoaded(dispatcher);
}

function notSupported(method: string): Error {
  return new Error(
    `EventBus.${method} is not supported: events reach their handlers through the log. ` +
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
  const stateful = statefulOperatorOf(saga as SagaFunction);
  if (stateful !== undefined) {
    throw new Error(
      `${name} calls ${stateful}, which keeps something between events. A crash would lose it, so a saga runs on ` +
        'each event alone. Keep it in a stream: map each event to a command, and decide on the state of that stream.',
    );
  }
  if (!isObservable(saga.call(instance, EMPTY))) {
    throw new Error(
      `${name} is marked with @Saga and returns no Observable. A saga maps events to commands.`,
    );
  }
}

function classOf({ instance, metatype }: InstanceWrapper<object>): new () => object {
  return ((instance as object | null | undefined)?.constructor ?? metatype) as new () => object;
}

function mustBeSingleton({ name }: { readonly name: string }, what: string): Error {
  return new Error(`${name} is request-scoped. Make it a singleton: ${what} outlives requests.`);
}
