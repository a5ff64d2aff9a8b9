import type { ModulesContainer } from '@nestjs/core';
import { PROJECTION_METADATA } from '../projections/projection.js';
import { DURABLE_HANDLER_METADATA, durableSagas } from '../runner/subscription-name.js';
import { EVENTS_HANDLER_METADATA, SAGA_METADATA } from './nest-metadata.js';

/** Decorators that only say how a handler is run, and need `@EventsHandler` to say of what. */
const MANNERS = { '@Projection': PROJECTION_METADATA, '@DurableHandler': DURABLE_HANDLER_METADATA };

/**
 * Nest finds handlers by its own decorators. One that has only ours would never be called.
 * @throws Error for a provider that has one of our decorators without Nest's
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
  for (const [decorator, metadata] of Object.entries(MANNERS)) {
    if (has(metadata, providerClass) && !has(EVENTS_HANDLER_METADATA, providerClass)) {
      throw new Error(
        `${providerClass.name} has ${decorator} and no @EventsHandler, so it would hear of no event. Add @EventsHandler(…) with the events that it handles.`,
      );
    }
  }
  const sagas = (Reflect.getMetadata(SAGA_METADATA, providerClass) ?? []) as readonly string[];
  const unheard = durableSagas(providerClass).find((property) => !sagas.includes(property));
  if (unheard !== undefined) {
    throw new Error(
      `${providerClass.name}.${unheard} has @DurableSaga and no @Saga, so it would hear of no event. Add @Saga().`,
    );
  }
}

function has(metadata: string, providerClass: object): boolean {
  return Reflect.getMetadata(metadata, providerClass) !== undefined;
}
