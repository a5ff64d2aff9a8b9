import { SetMetadata } from '@nestjs/common';
import type { StartAt } from '../subscriptions/subscription.js';

export interface DurableHandlerOptions {
  /** Stable name of its checkpoint; it outlives every renaming of the class. */
  readonly name: string;
  /** Where it begins when it is run for the first time: at the `head` unless it says otherwise, so that a new mailer mails no history. */
  readonly startAt?: StartAt;
}

export const DURABLE_HANDLER_METADATA = 'event-sourcing:durable-handler';
const DURABLE_SAGA_METADATA = 'event-sourcing:durable-saga';

/** Names an `@EventsHandler` class. Without it the name is that of the class. */
export const DurableHandler = (options: DurableHandlerOptions): ClassDecorator =>
  SetMetadata(DURABLE_HANDLER_METADATA, options);

/** Names a `@Saga()`, and stands beside it. Without it the name is that of the class and the property. */
export const DurableSaga =
  (options: DurableHandlerOptions): PropertyDecorator & MethodDecorator =>
  (target: object, property: string | symbol): void => {
    Reflect.defineMetadata(DURABLE_SAGA_METADATA, options, target.constructor, property);
    const others = durableSagas(target.constructor);
    Reflect.defineMetadata(DURABLE_SAGA_METADATA, [...others, property], target.constructor);
  };

/** The properties of a class that `DurableSaga` stands beside. */
export function durableSagas(sagaClass: object): readonly string[] {
  return (Reflect.getMetadata(DURABLE_SAGA_METADATA, sagaClass) ?? []) as readonly string[];
}

/** What `DurableSaga` says of a saga, if anything. */
export function durableSagaOptions(sagaClass: object, property: string): DurableHandlerOptions | undefined {
  return Reflect.getMetadata(DURABLE_SAGA_METADATA, sagaClass, property) as DurableHandlerOptions | undefined;
}
