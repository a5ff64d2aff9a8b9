import type { CqrsModuleOptions } from '@nestjs/cqrs';
import { DurableCqrsSettings, type DurableCqrsOptions } from './durable-cqrs.options.js';

/** Options of `CqrsModule.forRoot` that `DurableCqrsModule` does not take, with what to do instead. */
export const REFUSED_CQRS_OPTIONS: Readonly<
  Record<Exclude<keyof CqrsModuleOptions, keyof DurableCqrsOptions>, string>
> = {
  eventPublisher: 'Events come from the log. Use an @EventsHandler, or read the log with EventFeed',
  eventIdProvider: 'The name of an event is stored with it: class Paid extends event("order.paid")<…>() {}',
  rethrowUnhandled:
    'A handler or saga that fails is retried and then parked. The option "retry" says how often',
};

const DATABASE_NAMES: readonly string[] = ['url', 'dataSource', 'entities', 'migrations'];
const FEATURE_NAMES: readonly string[] = ['events', 'upcasters', 'reports', 'commands', 'deciders'];
const CQRS_NAMES: readonly string[] = ['commandPublisher', 'queryPublisher', 'unhandledExceptionPublisher'];

/**
 * Checks the options of `DurableCqrsModule`.
 * @throws Error for an option that does not exist, or that contradicts another one
 */
export function checkOptions(options: DurableCqrsOptions): DurableCqrsOptions {
  const names = [
    ...DATABASE_NAMES,
    ...FEATURE_NAMES,
    ...CQRS_NAMES,
    ...Object.keys(new DurableCqrsSettings({})),
  ];
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw unknownOption(name, names);
  }
  if (options.url !== undefined && options.dataSource !== undefined) {
    throw new Error('DurableCqrsModule has both "url" and "dataSource". Leave one of them out.');
  }
  return options;
}

function unknownOption(name: string, known: readonly string[]): Error {
  const instead = (REFUSED_CQRS_OPTIONS as Readonly<Record<string, string>>)[name];
  if (instead !== undefined) {
    return new Error(
      `"${name}" is an option of @nestjs/cqrs that DurableCqrsModule does not support. ${instead}.`,
    );
  }
  return new Error(
    `"${name}" is not an option of DurableCqrsModule. Leave it out; the options are ${known.join(', ')}.`,
  );
}
