import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { CqrsModuleOptions } from '@nestjs/cqrs';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { CommandClass } from '../kernel/command-registry.js';
import type { HasCategory } from '../kernel/decider.js';
import type { EventDefinitions } from '../kernel/event-registry.js';
import { NO_MONITOR, type Monitor } from '../runtime/monitor.js';
import type { Tracing } from '../runtime/tracing.js';
import { RETRY_POLICY, type RetryPolicy } from '../runtime/retry-policy.js';

/** Options of `DurableCqrsModule` with defaults. Other providers can inject them by this class. */
export class DurableCqrsSettings {
  /** Number of append batches that may be in flight at once, at least 1. Default: 2. Raise it if commits take long. */
  readonly maxBatchesInFlight: number = 2;
  /** Number of appends in one batch, at least 1. Default: 256. */
  readonly maxBatchSize: number = 256;
  /**
   * How long an append or a read waits for a database that cannot be reached, in milliseconds. Default: 5000. Then it
   * throws LogUnavailableError.
   */
  readonly patienceMs: number = 5_000;
  /**
   * Number of events whose folded states are kept in memory. An event counts as one more for every 500 characters in
   * it, and a stream as four more. Default: 150,000. The states of small events take some 200 bytes an event.
   */
  readonly cachedEvents: number = 150_000;
  /** How failed events and commands are retried. Default: 6 attempts within about a minute. Then they are parked. */
  readonly retry: RetryPolicy = RETRY_POLICY;
  /** How long a lease lasts when its process is no longer heard of, in milliseconds. Default: 5000. */
  readonly leaseMs: number = 5_000;
  /**
   * Tells whether no other process can be on these databases. A process that is alone takes over at once what a dead
   * process held, and reads without looking up the head of the log. Once this has returned `false` it must not return
   * `true` again. Default: always `false`.
   */
  readonly isAlone: () => boolean = () => false;
  /**
   * Whether this process runs event handlers, sagas and projections. It serves queries and commands either way.
   * Default: `true`.
   */
  readonly runsHandlers: boolean = true;
  /** Whether this process runs stored commands. Default: `true`. */
  readonly runsCommands: boolean = true;
  /**
   * Refuses to start if another version of the code has stored something that this version does not know: checkpoints
   * without a handler, events and commands without a class. Default: `false`; then these are warnings, as rolling
   * deployments and rollbacks meet them.
   */
  readonly strictStart: boolean = false;
  /** The shell command of the command line for operators, as messages of this module name it. Default: `npx durable-cqrs`. */
  readonly cli: string = 'npx durable-cqrs';
  /**
   * Number of rows of each projection that are kept in memory for queries. A row counts as one more for every 500
   * characters in it. Default: 50,000.
   */
  readonly cachedRows: number = 50_000;
  /**
   * Names the code of this process, such as a digest of the build. A row that another release has written is read
   * from the view each time. The default is a digest of the source and the columns of the projections; it misses
   * changes in functions that they call.
   */
  readonly release: string | undefined = undefined;
  /** Counts commands and appends. Default: nothing is counted. */
  readonly monitor: Monitor = NO_MONITOR;
  /** Records spans, such as `openTelemetry()` of `durable-cqrs/opentelemetry`. Default: nothing is traced. */
  readonly tracing: Tracing | undefined = undefined;

  /** @internal */
  constructor(options: Partial<DurableCqrsSettings>) {
    for (const name of Object.keys(this) as (keyof DurableCqrsSettings)[]) {
      if (options[name] !== undefined) Object.assign(this, { [name]: options[name] });
    }
  }
}

/** One thing of each database: of the command database, which has the log, and of the query database with the views. */
export interface PerDatabase<T> {
  /** For the command database: the log, stored commands, and the checkpoints of plain handlers and sagas. */
  readonly command: T;
  /** For the query database: the views, and the checkpoints of their projections. */
  readonly query: T;
}

/**
 * Where the databases are. Without `url` and `dataSource`, the module uses the data sources `command` and `query` that
 * the application gives to `TypeOrmModule.forRoot({ name, … })`.
 */
export interface DatabaseOptions {
  /**
   * URL of the database, or the URLs of two, such as `postgres://user:password@host:5432/shop`. The module connects to
   * them with its own TypeORM data sources. The start throws UnsuitableServerError for a server that cannot be reached,
   * is older than PostgreSQL 16, or is not durable.
   */
  readonly url?: string | PerDatabase<string> | undefined;
  /**
   * A TypeORM data source of the application, or two. It lists the entities and migrations of `commandSchema` and
   * `querySchema`. The module initializes it if that was not done before, and then also closes it.
   */
  readonly dataSource?: DataSource | PerDatabase<DataSource>;
  /**
   * The PostgreSQL schema of all tables and functions, for `url`. The module creates it if it does not exist. By
   * default it is where the role creates tables, usually `public`.
   */
  readonly schema?: string;
  /**
   * URLs of hot standbys of the query database. Queries read them, and get the same answers as from the primary.
   * Default: none. The start throws UnsuitableServerError for a URL that leads to another cluster or database; a
   * standby that is down is left out until it answers.
   */
  readonly queryReplicas?: readonly string[];
  /** Number of connections of each data source that the module makes from `url`. By default 10. */
  readonly poolSize?: number;
  /** Entities of the views, for the data source that the module makes from `url`. Default: none. */
  readonly entities?: DataSourceOptions['entities'];
  /**
   * Migrations that create the tables of the views, for the data source that the module makes from `url`. They run with
   * those of the module, under a lock. Default: none.
   */
  readonly migrations?: DataSourceOptions['migrations'];
}

/** What a feature stores: its events, and perhaps commands and deciders. */
export interface FeatureDefinitions extends EventDefinitions {
  /** Classes of commands that may be stored, by their stable names, such as `invoice.remind`. */
  readonly commands?: Readonly<Record<string, CommandClass>>;
  /**
   * Deciders whose categories are checked at the start. The category of any other decider is checked when it is first
   * used.
   */
  readonly deciders?: readonly HasCategory[];
}

/** Options of `CqrsModule.forRoot` that `DurableCqrsModule` takes as well. */
export type TakenCqrsOptions = Pick<
  CqrsModuleOptions,
  'commandPublisher' | 'queryPublisher' | 'unhandledExceptionPublisher'
>;

/**
 * Options of `DurableCqrsModule.forRoot`. All but the place of the databases may be left out. Wrong options give one
 * error that lists them all.
 */
export interface DurableCqrsOptions
  extends DatabaseOptions, Partial<FeatureDefinitions>, TakenCqrsOptions, Partial<DurableCqrsSettings> {}

/** Makes the options of `DurableCqrsModule`; for `useClass` and `useExisting`. */
export interface DurableCqrsOptionsFactory {
  /** Makes the options. Called once, when the module starts. */
  createDurableCqrsOptions(): DurableCqrsOptions | Promise<DurableCqrsOptions>;
}

/** How the options of `DurableCqrsModule` are made: by one of `useFactory`, `useClass` and `useExisting`. */
export interface DurableCqrsAsyncOptions {
  /** Modules that export the dependencies of the factory. */
  readonly imports?: ModuleMetadata['imports'];
  /** Tokens of the dependencies of `useFactory`, in order. */
  readonly inject?: FactoryProvider['inject'];
  /** Makes the options from the dependencies. */
  readonly useFactory?: (...dependencies: never[]) => DurableCqrsOptions | Promise<DurableCqrsOptions>;
  /** A class that makes the options. The module provides it. */
  readonly useClass?: Type<DurableCqrsOptionsFactory>;
  /** As `useClass`, for a class that one of `imports` provides. */
  readonly useExisting?: Type<DurableCqrsOptionsFactory>;
}
