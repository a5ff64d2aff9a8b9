import type { FactoryProvider } from '@nestjs/common';
import type { CqrsModuleOptions } from '@nestjs/cqrs';
import type { CommandClass } from '../kernel/command-registry.js';
import type { HasCategory } from '../kernel/decider.js';
import type { EventDefinitions } from '../kernel/event-registry.js';
import { NO_MONITOR, type Monitor } from '../runtime/monitor.js';
import { RETRY_POLICY, type RetryPolicy } from '../runtime/retry-policy.js';

/** Options of `EventSourcingModule`, with their defaults. Other providers can inject them by this class. */
export class EventSourcingSettings {
  /** URL of the command database. */
  readonly commandDatabaseUrl: string;
  /** Number of append batches that may be in flight at once. Raise it if commits take long. */
  readonly maxBatchesInFlight: number = 2;
  /** Number of appends in one batch. */
  readonly maxBatchSize: number = 256;
  /** How long an append waits for a database that cannot be reached, in milliseconds. */
  readonly patienceMs: number = 5_000;
  /** Number of events whose folded states are kept in memory. */
  readonly cachedEvents: number = 250_000;
  /** How failed events and commands are retried: by default 6 attempts within about a minute. */
  readonly retry: RetryPolicy = RETRY_POLICY;
  /** How long a lease lasts when its process is no longer heard of, in milliseconds. */
  readonly leaseMs: number = 5_000;
  /**
   * Tells whether no other process can be on these databases. A process that is alone takes over at once what a dead
   * process held, and reads without looking up the head of the log. Once this has returned `false` it must not return
   * `true` again.
   */
  readonly isAlone: () => boolean = () => false;
  /** Whether this process runs event handlers, sagas and projections. It serves queries and commands either way. */
  readonly runsHandlers: boolean = true;
  /** Whether this process runs stored commands. */
  readonly runsCommands: boolean = true;
  /**
   * Refuses to start if another version of the code has stored something that this version does not know: checkpoints
   * without a handler, events and commands without a class. By default these are warnings, as rolling deployments and
   * rollbacks meet them.
   */
  readonly strictStart: boolean = false;
  /** Number of rows of each view that are kept in memory for queries. Elements of arrays count as rows. */
  readonly cachedRows: number = 100_000;
  /**
   * Names the code of this process, such as a digest of the build. A row that another release has written is read
   * from the view each time. The default is a digest of the source and the columns of the projections; it misses
   * changes in functions that they call.
   */
  readonly release: string | undefined = undefined;
  /** Counts commands and appends. */
  readonly monitor: Monitor = NO_MONITOR;

  /** @throws Error for an option that does not exist */
  constructor(options: EventSourcingOptions) {
    this.commandDatabaseUrl = options.commandDatabaseUrl;
    const names = Object.keys(this);
    for (const [name, value] of Object.entries(options)) {
      if (!names.includes(name)) throw unknownOption(name, names);
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }
}

/**
 * What `EventSourcingModule.forRootAsync` needs. Options that are left out have the defaults of
 * {@link EventSourcingSettings}.
 */
export type EventSourcingOptions = Pick<EventSourcingSettings, 'commandDatabaseUrl'> &
  Partial<EventSourcingSettings>;

/** Options of `CqrsModule.forRoot`. `EventSourcingModule` does not support them. */
export const CQRS_OPTION_NAMES: readonly string[] = [
  'commandPublisher',
  'eventPublisher',
  'queryPublisher',
  'unhandledExceptionPublisher',
  'eventIdProvider',
  'rethrowUnhandled',
] satisfies (keyof CqrsModuleOptions)[];

function unknownOption(name: string, known: readonly string[]): Error {
  const whose = CQRS_OPTION_NAMES.includes(name)
    ? 'is an option of @nestjs/cqrs that EventSourcingModule does not support'
    : 'is not an option of EventSourcingModule';
  return new Error(`"${name}" ${whose}. Leave it out; the options are ${known.join(', ')}.`);
}

/** What a feature stores: its events, and perhaps commands and deciders. */
export interface FeatureDefinitions extends EventDefinitions {
  /** Classes of commands that may be stored, by their stable names, such as `cart.abandon`. */
  readonly commands?: Readonly<Record<string, CommandClass>>;
  /**
   * Deciders whose categories are checked at the start. The category of any other decider is checked when it is first
   * used.
   */
  readonly deciders?: readonly HasCategory[];
}

/** How the options of `EventSourcingModule` are made. */
export interface EventSourcingAsyncOptions {
  /** Tokens of the dependencies of `useFactory`, in order. */
  readonly inject?: FactoryProvider['inject'];
  /** Makes the options. */
  readonly useFactory: (...dependencies: never[]) => EventSourcingOptions | Promise<EventSourcingOptions>;
}
