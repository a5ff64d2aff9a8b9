import { SetMetadata } from '@nestjs/common';
import type { StartAt } from '../subscriptions/subscription-options.js';

/** Options of a saga. */
export interface DurableSagaOptions {
  /** Stable name. The checkpoint is stored under it, so it must not change when the class is renamed. */
  readonly name: string;
  /**
   * Where the handler begins when it runs for the first time. The default is `head`, so that a new mailer does not
   * mail history.
   */
  readonly startAt?: StartAt;
}

/** Options of a plain event handler. */
export interface DurableHandlerOptions extends DurableSagaOptions {
  /**
   * Number of partitions of a new handler, from 1 to 64; 1 by default. Each partition has the events of some streams
   * and can run in a process of its own. Afterwards the number that is stored counts; see the command line `partition`.
   */
  readonly partitions?: number;
}

const DURABLE_HANDLER_METADATA = 'event-sourcing:durable-handler';
const DURABLE_SAGA_METADATA = 'event-sourcing:durable-saga';

/** Gives an `@EventsHandler` class a stable name. Without it the name is the name of the class. */
export const DurableHandler = (options: DurableHandlerOptions): ClassDecorator =>
  SetMetadata(DURABLE_HANDLER_METADATA, options);

/** Gives a `@Saga()` a stable name. Without it the name is made of the names of the class and the property. */
export const DurableSaga =
  (options: DurableSagaOptions): PropertyDecorator & MethodDecorator =>
  (target: object, property: string | symbol): void => {
    Reflect.defineMetadata(DURABLE_SAGA_METADATA, options, target.constructor, property);
    const others = durableSagas(target.constructor);
    Reflect.defineMetadata(DURABLE_SAGA_METADATA, [...others, property], target.constructor);
  };

/** The options of `@DurableHandler`; `undefined` if the class does not have it. */
export function durableHandlerOptions(handlerClass: object): DurableHandlerOptions | undefined {
  return Reflect.getMetadata(DURABLE_HANDLER_METADATA, handlerClass) as DurableHandlerOptions | undefined;
}

/** The properties of a class that have `@DurableSaga`. */
export function durableSagas(sagaClass: object): readonly string[] {
  return (Reflect.getMetadata(DURABLE_SAGA_METADATA, sagaClass) ?? []) as readonly string[];
}

/** The options of `@DurableSaga`; `undefined` if the property does not have it. */
export function durableSagaOptions(sagaClass: object, property: string): DurableSagaOptions | undefined {
  return Reflect.getMetadata(DURABLE_SAGA_METADATA, sagaClass, property) as DurableSagaOptions | undefined;
}
