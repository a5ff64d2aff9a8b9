import type { FactoryProvider } from '@nestjs/common';
import type { CqrsModuleOptions } from '@nestjs/cqrs';
import type { CommandClass } from '../kernel/command-registry.js';
import type { HasCategory } from '../kernel/decider.js';
import type { EventDefinitions } from '../kernel/event-registry.js';
import type { Monitor } from '../runtime/monitor.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';

export interface EventSourcingOptions {
  /** URL of the command database. */
  readonly commandDatabaseUrl: string;
  /** Batches of appends on their way at once; 2 by default. More help where a commit takes long. */
  readonly maxBatchesInFlight?: number;
  /** Appends in one batch; 256 by default. */
  readonly maxBatchSize?: number;
  /** How long an append may wait for a database that is out of reach, in milliseconds; 5,000 by default. */
  readonly patienceMs?: number;
  /** Number of events whose folded states are kept in memory; 250,000 by default. */
  readonly cachedEvents?: number;
  /** How events and commands are tried again that have failed; 6 attempts within about a minute by default. */
  readonly retry?: RetryPolicy;
  /** How long what a process was at work on waits for it when it is not heard of, in milliseconds; 5,000 by default. */
  readonly leaseMs?: number;
  /** No other process can be on these databases, so whatever a dead one held is taken at once. */
  readonly isAlone?: boolean;
  /** Whether this process runs handlers, sagas and projections; true by default. It serves queries and commands either way. */
  readonly runsHandlers?: boolean;
  /** Whether this process runs stored commands; true by default. */
  readonly runsCommands?: boolean;
  /**
   * Refuses the start where the databases hold what another version of the code has stored: checkpoints without a handler here, events
   * and commands without a class. False by default: such things are a warning, as rolling deployments and rollbacks meet them.
   */
  readonly strictStart?: boolean;
  /** How many rows of each view are kept in memory for queries; 100,000 by default. A row with arrays counts their elements too. */
  readonly cachedRows?: number;
  /**
   * Names the code of this process, such as the digest of its build. Processes of several releases may share the databases: a row that
   * another release has written is read from the view each time, never from memory. By default it is a digest of the source of the
   * projections' classes and of their columns, which does not see a change in what they call.
   */
  readonly release?: string;
  /** Is told of commands and appends, to count them. */
  readonly monitor?: Monitor;
}

/** The compiler holds this to be all of them. */
const OPTION_NAMES: Readonly<Record<keyof EventSourcingOptions, true>> = {
  commandDatabaseUrl: true,
  maxBatchesInFlight: true,
  maxBatchSize: true,
  patienceMs: true,
  cachedEvents: true,
  retry: true,
  leaseMs: true,
  isAlone: true,
  runsHandlers: true,
  runsCommands: true,
  strictStart: true,
  cachedRows: true,
  release: true,
  monitor: true,
};

/** Options of `CqrsModule.forRoot`. Nothing follows them here. */
export const CQRS_OPTION_NAMES: readonly string[] = [
  'commandPublisher',
  'eventPublisher',
  'queryPublisher',
  'unhandledExceptionPublisher',
  'eventIdProvider',
  'rethrowUnhandled',
] satisfies (keyof CqrsModuleOptions)[];

/**
 * @returns the options
 * @throws Error for one that does not exist
 */
export function checkOptions(options: EventSourcingOptions): EventSourcingOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTION_NAMES, name));
  if (unknown === undefined) return options;
  const whose = CQRS_OPTION_NAMES.includes(unknown)
    ? 'is an option of @nestjs/cqrs, which EventSourcingModule does not follow'
    : 'is not an option of EventSourcingModule';
  throw new Error(
    `"${unknown}" ${whose}. Leave it out; the options are ${Object.keys(OPTION_NAMES).join(', ')}.`,
  );
}

/** What a feature stores. */
export interface FeatureDefinitions extends EventDefinitions {
  /** Classes of commands that may be stored, by their stable names, such as `cart.abandon`. */
  readonly commands?: Readonly<Record<string, CommandClass>>;
  /** Its deciders. The start checks the categories of those that are listed; of others, the first use does. */
  readonly deciders?: readonly HasCategory[];
}

export interface EventSourcingAsyncOptions {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
}

/** Injects the options. */
export const OPTIONS = Symbol('event-sourcing options');

/** Names of the TypeORM data sources that the application provides. */
export const COMMAND_DATA_SOURCE = 'command';
export const QUERY_DATA_SOURCE = 'query';
