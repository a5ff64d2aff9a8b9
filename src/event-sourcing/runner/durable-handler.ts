import { SetMetadata } from '@nestjs/common';
import type { StartAt } from '../subscriptions/subscription-options.js';

/** Options of a plain event handler or a saga. */
export interface DurableHandlerOptions {
  /** Stable name. The checkpoint is stored under it, so it must not change when the class is renamed. */
  readonly name: string;
  /**
   * Where the handler begins when it runs for the first time. The default is `head`, so that a new mailer does not
   * mail history.
   */
  readonly startAt?: StartAt;
}

const DURABLE_HANDLER_METADATA = 'event-sourcing:durable-handler';
const DURABLE_SAGA_METADATA = 'event-sourcing:durable-saga';

/** Gives an `@EventsHandler` class a stable name. Without it the name is the name of the class. */
export const DurableHandler = (options: DurableHandlerOptions): ClassDecorator =>
  SetMetadata(DURABLE_HANDLER_METADATA, options);

/** Gives a `@Saga()` a stable name. Without it the name is made of the names of the class and the property. */
export const DurableSaga =
  (options: DurableHandlerOptions): PropertyDecorator & MethodDecorator =>
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
export function durableSagaOptions(sagaClass: object, property: string): DurableHandlerOptions | undefined {
  return Reflect.getMetadata(DURABLE_SAGA_METADATA, sagaClass, property) as DurableHandlerOptions | undefined;
}
