import type { FactoryProvider, Provider } from '@nestjs/common';
import { checkAsyncOptions, checkOptions } from './check-options.js';
import {
  DurableCqrsSettings,
  type DurableCqrsAsyncOptions,
  type DurableCqrsOptions,
  type DurableCqrsOptionsFactory,
} from './durable-cqrs.options.js';

/** Injects the options of `DurableCqrsModule`. */
export const DURABLE_CQRS_OPTIONS = Symbol('options of DurableCqrsModule');

/** Provides options that are known already. */
export function optionsProviders(options: DurableCqrsOptions): Provider[] {
  const checked = checkOptions(options);
  return [{ provide: DURABLE_CQRS_OPTIONS, useFactory: () => checked }, SETTINGS];
}

/**
 * Provides options that a factory makes.
 * @throws Error as `checkAsyncOptions` does
 */
export function asyncOptionsProviders(options: DurableCqrsAsyncOptions): Provider[] {
  checkAsyncOptions(options);
  const { useFactory, useClass, useExisting, inject = [] } = options;
  if (useFactory !== undefined) {
    const make = async (...dependencies: never[]) => checkOptions(await useFactory(...dependencies));
    return [{ provide: DURABLE_CQRS_OPTIONS, useFactory: make, inject }, SETTINGS];
  }
  return [
    {
      provide: DURABLE_CQRS_OPTIONS,
      useFactory: async (factory: DurableCqrsOptionsFactory) =>
        checkOptions(await factory.createDurableCqrsOptions()),
      inject: [useClass ?? useExisting] as FactoryProvider['inject'] & object,
    },
    ...(useClass ? [useClass] : []),
    SETTINGS,
  ];
}

const SETTINGS: FactoryProvider<DurableCqrsSettings> = {
  provide: DurableCqrsSettings,
  useFactory: (options: DurableCqrsOptions) => new DurableCqrsSettings(options),
  inject: [DURABLE_CQRS_OPTIONS],
};
