import { DataSource, type DataSourceOptions } from 'typeorm';
import { connectionSettings } from '../postgres/connection-settings.js';
import { commandSchema, querySchema } from '../schema.js';
import { DataSources } from '../subscriptions/data-sources.js';
import type { DatabaseOptions, PerDatabase } from './durable-cqrs.options.js';

/** Name of the TypeORM data source of the command database, if the application provides it. */
export const COMMAND_DATA_SOURCE = 'command';
/** Name of the TypeORM data source of the query database, if the application provides it. */
export const QUERY_DATA_SOURCE = 'query';

/**
 * Finds or makes the data sources, and initializes those that are not initialized.
 * @param named the data sources that the application provides by name, if it does
 * @throws Error when the options do not say where the databases are, or a database cannot be reached
 */
export async function openDataSources(
  options: DatabaseOptions,
  named: Partial<PerDatabase<DataSource>>,
): Promise<DataSources> {
  const { command, query } = options.url === undefined ? givenSources(options, named) : ownSources(options);
  const owned: DataSource[] = [];
  try {
    for (const dataSource of new Set([command, query])) {
      if (dataSource.isInitialized) continue;
      await dataSource.initialize();
      owned.push(dataSource);
    }
  } catch (error) {
    await Promise.all(owned.map((one) => one.destroy()));
    throw error;
  }
  return new DataSources(command, query, owned);
}

function givenSources(
  { dataSource }: DatabaseOptions,
  { command, query }: Partial<PerDatabase<DataSource>>,
): PerDatabase<DataSource> {
  if (dataSource !== undefined) {
    return 'query' in dataSource && 'command' in dataSource
      ? dataSource
      : { command: dataSource, query: dataSource };
  }
  if (command !== undefined && query !== undefined) return { command, query };
  throw new Error(
    'DurableCqrsModule does not know its database. Set the option "url" or "dataSource", or provide two data ' +
      `sources: TypeOrmModule.forRoot({ name: '${COMMAND_DATA_SOURCE}', … }) and '${QUERY_DATA_SOURCE}'.`,
  );
}

function ownSources({ url = '', entities, migrations }: DatabaseOptions): PerDatabase<DataSource> {
  const views = { entities: listOf(entities), migrations: listOf(migrations) };
  if (typeof url === 'string') {
    const both = ownSource('durable-cqrs', url, [commandSchema, views]);
    return { command: both, query: both };
  }
  return {
    command: ownSource(COMMAND_DATA_SOURCE, url.command, [commandSchema]),
    query: ownSource(QUERY_DATA_SOURCE, url.query, [querySchema, views]),
  };
}

type Schema = Pick<DataSourceOptions, 'entities' | 'migrations'>;

function ownSource(applicationName: string, url: string, schemas: readonly Schema[]): DataSource {
  return new DataSource({
    type: 'postgres',
    applicationName,
    entities: schemas.flatMap(({ entities }) => listOf(entities)),
    migrations: schemas.flatMap(({ migrations }) => listOf(migrations)),
    ...connectionSettings(url),
  });
}

/** TypeORM also takes an object whose values are the members. */
function listOf<T>(members: readonly T[] | Readonly<Record<string, T>> | undefined): T[] {
  return Object.values(members ?? []);
}
