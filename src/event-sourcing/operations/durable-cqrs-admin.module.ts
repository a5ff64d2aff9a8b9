import {
  Controller,
  Module,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { AdminController } from './admin.controller.js';

const DEFAULT_PATH = 'durable-cqrs';

/** Options of `DurableCqrsAdminModule.forRoot`. */
export interface DurableCqrsAdminOptions {
  /** Where the routes are; `durable-cqrs` by default. */
  readonly path?: string;
  /** Guards that admit operators only. Each request has to pass all of them. */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[];
  /** Modules that export what the guards inject. */
  readonly imports?: ModuleMetadata['imports'];
  /** Mounts the routes without a guard. Everybody who can reach them can then drop events. */
  readonly unguarded?: boolean;
}

/** HTTP routes for operators: states of handlers, parked events and commands, rebuilds, stored commands. */
@Module({})
export class DurableCqrsAdminModule {
  /** @throws Error without a guard, unless `unguarded` is set */
  static forRoot(options: DurableCqrsAdminOptions): DynamicModule {
    const { path = DEFAULT_PATH, guards = [], imports = [], unguarded = false } = options;
    if (guards.length === 0 && !unguarded) {
      throw new Error(
        'DurableCqrsAdminModule has no guard: everybody who can reach it could drop events. ' +
          'Pass guards: [YourGuard] that admit operators only. If a proxy protects the routes, set unguarded: true.',
      );
    }

    // Each mount has a class of its own, as path and guards are metadata of the class.
    @Controller(path)
    @UseGuards(...guards)
    class MountedAdminController extends AdminController {}

    return { module: DurableCqrsAdminModule, imports, controllers: [MountedAdminController] };
  }
}
