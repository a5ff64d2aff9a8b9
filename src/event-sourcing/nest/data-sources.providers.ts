import { Logger, type FactoryProvider } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ReadReplicas } from '../queries/read-replicas.js';
import { DataSources } from '../subscriptions/data-sources.js';
import { DurableCqrsSettings, type DurableCqrsOptions } from './durable-cqrs.options.js';
import { migrateSources } from './migrate-databases.js';
import {
  COMMAND_DATA_SOURCE,
  COMMAND_DATABASE,
  openDataSources,
  QUERY_DATA_SOURCE,
  QUERY_DATABASE,
} from './open-data-sources.js';
import { DURABLE_CQRS_OPTIONS } from './options.providers.js';

const DATA_SOURCES: FactoryProvider<DataSources> = {
  provide: DataSources,
  inject: [
    DURABLE_CQRS_OPTIONS,
    ...[COMMAND_DATA_SOURCE, QUERY_DATA_SOURCE].map((name) => ({ token: tokenOf(name), optional: true })),
  ],
  useFactory: async (options: DurableCqrsOptions, command?: DataSource, query?: DataSource) =>
    openDataSources(options, { ...(command && { command }), ...(query && { query }) }),
};

/** The data sources under names for `TypeOrmModule.forFeature` and `@InjectRepository`. */
const NAMED_DATA_SOURCES = [
  provideNamed(COMMAND_DATABASE, ({ command }) => command),
  provideNamed(QUERY_DATABASE, ({ query }) => query),
];

function provideNamed(
  name: string,
  choose: (dataSources: DataSources) => DataSource,
): FactoryProvider<DataSource> {
  return { provide: tokenOf(name), useFactory: choose, inject: [DataSources] };
}

/** The token of a named data source of `TypeOrmModule`, as `getDataSourceToken` of `@nestjs/typeorm` makes it. */
function tokenOf(name: string): string {
  return `${name}DataSource`;
}

const READ_REPLICAS: FactoryProvider<ReadReplicas> = {
  provide: ReadReplicas,
  inject: [DURABLE_CQRS_OPTIONS, DataSources, DurableCqrsSettings],
  useFactory: async (
    { queryReplicas = [] }: DurableCqrsOptions,
    { query }: DataSources,
    { monitor }: DurableCqrsSettings,
  ) => ReadReplicas.open(queryReplicas, query, monitor, new Logger(ReadReplicas.name)),
};

/** Resolves when both databases are at the newest schema. */
export const MIGRATED = Symbol('migrated data sources');

const MIGRATIONS: FactoryProvider<void> = {
  provide: MIGRATED,
  useFactory: migrateSources,
  inject: [DataSources],
};

/** Tokens of the two named data sources. */
export const NAMED_TOKENS = NAMED_DATA_SOURCES.map(({ provide: token }) => token);

/** The databases: the two data sources, also by name, their migrations, and read replicas. */
export const DATA_SOURCE_PROVIDERS = [DATA_SOURCES, ...NAMED_DATA_SOURCES, MIGRATIONS, READ_REPLICAS];
