import type { EventClass } from '../kernel/event.js';
import { projectionOptions, type RowsProjection } from '../projections/projection.js';
import type { KeyRows, ViewRows } from '../projections/view-rows.js';
import { RelayDelivery } from '../relays/relay-delivery.js';
import { relayOptions, type EventRelay, type RelayOptions } from '../relays/relay.js';
import type { Delivery } from '../subscriptions/delivery.js';
import type { Partition } from '../subscriptions/partition.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { durableHandlerOptions, durableSagaOptions, type DurableHandlerOptions } from './durable-handler.js';
import { HandlerDelivery } from './handler-delivery.js';
import type { SagaFunction } from './run-saga.js';
import { SagaDelivery, type SagaCommands } from './saga-delivery.js';
import type { SagaWork } from './saga-work.js';
import type { SubscriptionStorage } from './subscription-storage.js';

/** An event handler as its decorators describe it. */
export interface HandlerDefinition {
  readonly options: SubscriptionOptions;
  /** Makes the delivery of a partition. Each has one of its own, because a delivery remembers what it has written. */
  readonly delivery: (partition: Partition) => Delivery;
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
    const {
      name = handlerClass.name,
      startAt = 'head',
      partitions,
    } = durableHandlerOptions(handlerClass) ?? {};
    const handler = instance as { handle(event: object): unknown };
    const delivery = new HandlerDelivery(name, (event) => handler.handle(event));
    return { options: { name, kind: 'handler', events, startAt, partitions }, delivery: () => delivery };
  }
  const { rows, delivery } = storage.projection(projection, instance as RowsProjection<KeyRows>);
  const { name, views } = rows;
  const tables = views.map(({ table }) => table);
  return {
    options: {
      ...{ name, kind: 'projection', events, startAt: 'beginning', views: tables },
      partitions: projection.partitions,
    },
    delivery,
    rows,
  };
}

function defineRelay(options: RelayOptions, relay: EventRelay): HandlerDefinition {
  const { name, events, startAt = 'beginning', partitions } = options;
  return {
    options: { name, kind: 'relay', events: events ?? 'all', startAt, partitions },
    delivery: (partition) => new RelayDelivery(relay, partition),
  };
}

/**
 * Describes a `@Saga`.
 * @throws Error for a saga that asks for partitions
 */
export function defineSaga(
  sagaClass: new () => object,
  property: string,
  instance: Record<string, SagaFunction>,
  commands: SagaCommands,
  sagaWork: SagaWork,
): HandlerDefinition {
  const options: DurableHandlerOptions | undefined = durableSagaOptions(sagaClass, property);
  const { name = `${sagaClass.name}.${property}`, startAt = 'head', partitions = 1 } = options ?? {};
  if (partitions !== 1)
    throw new Error(
      `The saga "${name}" asks for ${partitions} partitions. Sagas cannot be split; remove the option.`,
    );
  // Called on its instance, as it may be a method.
  const saga: SagaFunction = (events) => instance[property]?.(events) ?? missing(sagaClass, property);
  return {
    options: { name, kind: 'saga', events: 'all', startAt },
    delivery: () => new SagaDelivery(name, saga, commands, undefined, sagaWork),
  };
}

function missing(sagaClass: new () => object, property: string): never {
  throw new Error(`${sagaClass.name}.${property} is marked with @Saga and is not a function.`);
}
