import type { EventClass } from '../kernel/event.js';
import { projectionOptions, type RowsProjection } from '../projections/projection.js';
import type { KeyRows, ViewRows } from '../projections/view-rows.js';
import { RelayDelivery } from '../relays/relay-delivery.js';
import { relayOptions, type EventRelay, type RelayOptions } from '../relays/relay.js';
import type { Delivery } from '../subscriptions/delivery.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { durableHandlerOptions, durableSagaOptions } from './durable-handler.js';
import { HandlerDelivery } from './handler-delivery.js';
import type { SagaFunction } from './run-saga.js';
import { SagaDelivery, type SagaCommands } from './saga-delivery.js';
import type { SagaWork } from './saga-work.js';
import type { SubscriptionStorage } from './subscription-storage.js';

/** An event handler as its decorators describe it. */
export interface HandlerDefinition {
  readonly options: SubscriptionOptions;
  readonly delivery: Delivery;
  /** The rows of a projection. */
  readonly rows?: ViewRows;
}

/**
 * Describes an `@EventsHandler`, which is a projection if it has `@Projection`, and a relay if it has `@Relay`.
 * @param storage where a projection stores its rows
 * @throws Error for a projection whose entities are not supported
 */
export function defineHandler(
  handlerClass: new () => object,
  instance: object,
  events: readonly EventClass[],
  storage: SubscriptionStorage,
): HandlerDefinition {
  const relay = relayOptions(handlerClass);
  if (relay) return defineRelay(relay, instance as EventRelay);
  const projection = projectionOptions(handlerClass);
  if (!projection) {
    const { name = handlerClass.name, startAt = 'head' } = durableHandlerOptions(handlerClass) ?? {};
    const handler = instance as { handle(event: object): unknown };
    const delivery = new HandlerDelivery(name, (event) => handler.handle(event));
    return { options: { name, kind: 'handler', events, startAt }, delivery };
  }
  const { rows, delivery } = storage.projection(projection, instance as RowsProjection<KeyRows>);
  const { name, views } = rows;
  const tables = views.map(({ table }) => table);
  return {
    options: { name, kind: 'projection', events, startAt: 'beginning', views: tables },
    delivery,
    rows,
  };
}

function defineRelay(options: RelayOptions, relay: EventRelay): HandlerDefinition {
  const { name, events, startAt = 'beginning' } = options;
  return {
    options: { name, kind: 'relay', events: events ?? 'all', startAt },
    delivery: new RelayDelivery(relay),
  };
}

/** Describes a `@Saga`. */
export function defineSaga(
  sagaClass: new () => object,
  property: string,
  instance: Record<string, SagaFunction>,
  commands: SagaCommands,
  sagaWork: SagaWork,
): HandlerDefinition {
  const { name = `${sagaClass.name}.${property}`, startAt = 'head' } =
    durableSagaOptions(sagaClass, property) ?? {};
  // Called on its instance, as it may be a method.
  const saga: SagaFunction = (events) => instance[property]?.(events) ?? missing(sagaClass, property);
  return {
    options: { name, kind: 'saga', events: 'all', startAt },
    delivery: new SagaDelivery(name, saga, commands, undefined, sagaWork),
  };
}

function missing(sagaClass: new () => object, property: string): never {
  throw new Error(`${sagaClass.name}.${property} is marked with @Saga and is not a function.`);
}
