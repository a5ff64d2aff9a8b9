import { Module, type FactoryProvider, type InjectionToken } from '@nestjs/common';
import { offerAsyncContext } from '../commands/async-context.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { checkCategory } from '../kernel/decider.js';
import { EventRegistry } from '../kernel/event-registry.js';
import { eventClassesOf } from '../kernel/plain-event.js';
import type { FeatureDefinitions } from './durable-cqrs.options.js';

/** Injects the definitions of one feature. */
export const DEFINITIONS = Symbol('event definitions');

/** A provider that registers what a feature stores. */
export function registering(definitions: InjectionToken): FactoryProvider<void> {
  return {
    provide: Symbol('registered'),
    useFactory: register,
    inject: [EventRegistry, CommandRegistry, definitions],
  };
}

function register(
  eventRegistry: EventRegistry,
  commandRegistry: CommandRegistry,
  { events = [], commands = {}, deciders = [], ...more }: Partial<FeatureDefinitions>,
): void {
  eventRegistry.register({ ...more, events });
  offerAsyncContext(eventClassesOf(events));
  commandRegistry.register(commands);
  deciders.forEach(checkCategory);
}

/** Registers what a feature stores. */
@Module({ providers: [registering(DEFINITIONS)] })
export class EventFeatureModule {}
