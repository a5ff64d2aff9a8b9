import type { DataSource } from 'typeorm';
import type { DurableCommands } from '../commands/durable-commands.js';
import type { EventClass } from '../kernel/event.js';
import { ProjectionDelivery } from '../projections/projection-delivery.js';
import { projectionOptions, type RowsProjection } from '../projections/projection.js';
import { ViewRows, type KeyRows } from '../projections/view-rows.js';
import type { Delivery } from '../subscriptions/delivery.js';
import type { SubscriptionOptions } from '../subscriptions/subscription-options.js';
import { durableHandlerOptions, durableSagaOptions } from './durable-handler.js';
import { HandlerDelivery } from './handler-delivery.js';
import type { SagaFunction } from './run-saga.js';
import { SagaDelivery } from './saga-delivery.js';

/** An event handler as its decorators describe it. */
export interface HandlerDefinition {
  readonly options: SubscriptionOptions;
  readonly delivery: Delivery;
  /** The rows of a projection. */
  readonly rows?: ViewRows;
}

/**
 * Describes an `@EventsHandler`, which is a projection if it has `@Projection`.
 * @param query the data source of the query database
 * @throws Error for a projection whose entities are not supported
 */
export function defineHandler(
  handlerClass: new () => object,
  instance: object,
  events: readonly EventClass[],
  query: DataSource,
): HandlerDefinition {
  const projection = projectionOptions(handlerClass);
  if (!projection) {
    const { name = handlerClass.name, startAt = 'head' } = durableHandlerOptions(handlerClass) ?? {};
    const handler = instance as { handle(event: object): unknown };
    const delivery = new HandlerDelivery(name, (event) => handler.handle(event));
    return { options: { name, kind: 'handler', events, startAt }, delivery };
  }
  const rows = new ViewRows(projection, instance as RowsProjection<KeyRows>, query);
  const { name, views } = rows;
  const tables = views.map(({ table }) => table);
  return {
    options: { name, kind: 'projection', events, startAt: 'beginning', views: tables },
    delivery: new ProjectionDelivery(rows),
    rows,
  };
}

/** Describes a `@Saga`. */
export function defineSaga(
  sagaClass: new () => object,
  property: string,
  instance: Record<string, SagaFunction>,
  commands: DurableCommands,
): HandlerDefinition {
  const { name = `${sagaClass.name}.${property}`, startAt = 'head' } =
    durableSagaOptions(sagaClass, property) ?? {};
  // Called on its instance, as it may be a method.
  const saga: SagaFunction = (events) => instance[property]?.(events) ?? missing(sagaClass, property);
  return {
    options: { name, kind: 'saga', events: 'all', startAt },
    delivery: new SagaDelivery(name, saga, commands),
  };
}

function missing(sagaClass: new () => object, property: string): never {
  throw new Error(`${sagaClass.name}.${property} is marked with @Saga and is not a function.`);
}
