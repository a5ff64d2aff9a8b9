import type { CqrsModuleOptions } from '@nestjs/cqrs';
import type {
  DurableCqrsAsyncOptions,
  DurableCqrsOptions,
  FeatureDefinitions,
} from './durable-cqrs.options.js';
import { ASYNC_KINDS, FEATURE_KINDS, OPTION_KINDS, type Kind } from './option-kinds.js';

type Kinds = Readonly<Record<string, Kind>>;

/** Options of `CqrsModule.forRoot` that `DurableCqrsModule` does not take, with what to do instead. */
export const REFUSED_CQRS_OPTIONS: Readonly<
  Record<Exclude<keyof CqrsModuleOptions, keyof DurableCqrsOptions>, string>
> = {
  eventPublisher: 'Events come from the log: use an @EventsHandler, or read the log with EventFeed',
  eventIdProvider: 'An event is stored under its name: class Paid extends event("order.paid")<…>() {}',
  rethrowUnhandled:
    'A handler or saga that fails is retried and then parked: the option "retry" says how often',
};

/**
 * Checks the options of `DurableCqrsModule`.
 * @throws Error that lists every option that does not exist, has a wrong value, or contradicts another one
 */
export function checkOptions(options: DurableCqrsOptions): DurableCqrsOptions {
  refuse('DurableCqrsModule.forRoot', [...faultsOf(options, OPTION_KINDS), ...contradictions(options)]);
  return options;
}

/**
 * Checks the definitions of `DurableCqrsModule.forFeature`.
 * @throws Error as `checkOptions` does
 */
export function checkDefinitions(definitions: FeatureDefinitions): FeatureDefinitions {
  refuse('DurableCqrsModule.forFeature', faultsOf(definitions, FEATURE_KINDS));
  return definitions;
}

/**
 * Checks the options of `DurableCqrsModule.forRootAsync`.
 * @throws Error as `checkOptions` does, and when there is no factory, or more than one
 */
export function checkAsyncOptions(options: DurableCqrsAsyncOptions): void {
  const { useFactory, useClass, useExisting } = options;
  const factories = [useFactory, useClass, useExisting].filter((factory) => factory !== undefined);
  refuse('DurableCqrsModule.forRootAsync', [
    ...faultsOf(options, ASYNC_KINDS),
    ...(factories.length === 1 ? [] : ['give exactly one of useFactory, useClass and useExisting']),
  ]);
}

function refuse(where: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`Wrong options of ${where}: ${faults.join('; ')}.`);
}

function faultsOf(options: unknown, kinds: Kinds): string[] {
  if (typeof options !== 'object' || options === null)
    return [`they must be an object, not ${shown(options)}`];
  return Object.entries(options).flatMap(([name, value]) => {
    const kind = kinds[name];
    if (kind === undefined) return [unknownOption(name, Object.keys(kinds))];
    if (value === undefined || kind.is(value)) return [];
    return [`"${name}" must be ${kind.what}${kind.isSecret ? '' : `, not ${shown(value)}`}`];
  });
}

function unknownOption(name: string, known: readonly string[]): string {
  const instead = (REFUSED_CQRS_OPTIONS as Readonly<Record<string, string>>)[name];
  if (instead !== undefined) return `"${name}" of @nestjs/cqrs is not supported. ${instead}`;
  const similar = known.find((one) => one.toLowerCase() === name.toLowerCase());
  const hint = similar === undefined ? `the options are ${known.join(', ')}` : `write "${similar}"`;
  return `"${name}" is not an option, ${hint}`;
}

function contradictions(options: DurableCqrsOptions): string[] {
  const { url, dataSource, entities, migrations, schema, poolSize } = options;
  const faults: string[] = [];
  const instead: Readonly<Record<string, readonly [value: unknown, how: string]>> = {
    entities: [entities, 'list them in its options'],
    migrations: [migrations, 'list them in its options'],
    schema: [schema, "set extra: { options: '-c search_path=…' } in its options"],
    poolSize: [poolSize, 'set poolSize in its options'],
  };
  if (url !== undefined && dataSource !== undefined)
    faults.push('there are both "url" and "dataSource", leave one of them out');
  for (const [name, [value, how]] of Object.entries(instead)) {
    if (value === undefined || url !== undefined) continue;
    faults.push(`"${name}" goes with "url", for your own data source ${how}`);
  }
  return faults;
}

/** A value in a few words. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
