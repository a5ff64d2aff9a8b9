import { Module } from '@nestjs/common';
import { barAsyncContext } from '../commands/async-context.js';
import type { FeatureDefinitions } from './event-sourcing.options.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { checkCategory } from '../kernel/decider.js';
import { EventRegistry } from '../kernel/event-registry.js';

/** Injects the definitions of one feature. */
export const DEFINITIONS = Symbol('event definitions');

/** Registers what a feature stores. */
@Module({
  providers: [
    {
      provide: Symbol('registered'),
      useFactory: (events: EventRegistry, commands: CommandRegistry, definitions: FeatureDefinitions) => {
        events.register(definitions);
        barAsyncContext(definitions.events);
        commands.register(definitions.commands ?? {});
        definitions.deciders?.forEach(checkCategory);
      },
      inject: [EventRegistry, CommandRegistry, DEFINITIONS],
    },
  ],
})
export class EventFeatureModule {}
