import type { ModulesContainer } from '@nestjs/core';
import { projectionOptions } from '../projections/projection.js';
import { durableHandlerOptions, durableSagas } from '../runner/durable-handler.js';
import { EVENTS_HANDLER_METADATA, SAGA_METADATA } from './nest-metadata.js';

/** Decorators that need `@EventsHandler` beside them, with a function that reads their options. */
const NEED_EVENTS = { '@Projection': projectionOptions, '@DurableHandler': durableHandlerOptions };

/**
 * Nest finds handlers by its own decorators. A handler that has only a decorator of this module would never be called.
 * @throws Error for a provider with a decorator of this module and none of Nest
 */
export function refuseUnheardHandlers(modules: ModulesContainer): void {
  for (const { providers } of modules.values()) {
    for (const { instance, metatype } of providers.values()) {
      const providerClass = (instance as object | null | undefined)?.constructor ?? metatype;
      if (typeof providerClass === 'function') refuseUnheard(providerClass);
    }
  }
}

function refuseUnheard(providerClass: { readonly name: string }): void {
  for (const [decorator, optionsOf] of Object.entries(NEED_EVENTS)) {
    const hasEvents = Reflect.getMetadata(EVENTS_HANDLER_METADATA, providerClass) !== undefined;
    if (hasEvents || optionsOf(providerClass) === undefined) continue;
    throw new Error(
      `${providerClass.name} has ${decorator} and no @EventsHandler, so it would get no events. ` +
        'Add @EventsHandler(…) with the events that it handles.',
    );
  }
  const sagas = (Reflect.getMetadata(SAGA_METADATA, providerClass) ?? []) as readonly string[];
  const unheard = durableSagas(providerClass).find((property) => !sagas.includes(property));
  if (unheard !== undefined) {
    throw new Error(
      `${providerClass.name}.${unheard} has @DurableSaga and no @Saga, so it would get no events. Add @Saga().`,
    );
  }
}
