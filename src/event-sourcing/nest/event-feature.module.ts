import { Module } from '@nestjs/common';
import { barAsyncContext } from '../commands/async-context.js';
import type { FeatureDefinitions } from './event-sourcing.options.js';
import { CommandRegistry } from '../kernel/command-registry.js';
import { checkCategory } from '../kernel/decider.js';
import { EventRegistry } from '../kernel/event-registry.js';

/** Provides the definitions of one feature to its module. */
export const DEFINITIONS = Symbol('event definitions');

/** Tells the registries what a feature stores. */
@Module({
  providers: [
    {
      provide: 'registered',
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
