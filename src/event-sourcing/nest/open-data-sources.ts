import { DataSource, type DataSourceOptions } from 'typeorm';
import { checkServer } from '../postgres/check-server.js';
import { connectionSettings } from '../postgres/connection-settings.js';
import { connectionOf } from '../postgres/pool-of.js';
import { createSchema } from '../postgres/schema-name.js';
import { withOperatorsCommit, withSettings } from '../postgres/session-settings.js';
import { commandSchema, querySchema } from '../schema.js';
import { DataSources } from '../subscriptions/data-sources.js';
import type { DatabaseOptions, PerDatabase } from './durable-cqrs.options.js';

/** Name of the TypeORM data source of the command database, if the application provides it. */
export const COMMAND_DATA_SOURCE = 'command';
/** Name of the TypeORM data source of the query database, if the application provides it. */
export const QUERY_DATA_SOURCE = 'query';

/**
 * Name under which the module provides the data source of the command database, wherever it comes from:
 * `@InjectDataSource(COMMAND_DATABASE)`.
 */
export const COMMAND_DATABASE = 'durable-cqrs-command';
/**
 * Name under which the module provides the data source of the query database, wherever it comes from:
 * `TypeOrmModule.forFeature([Balance], QUERY_DATABASE)` and `@InjectRepository(Balance, QUERY_DATABASE)`.
 */
export const QUERY_DATABASE = 'durable-cqrs-query';

/**
 * Finds or makes the data sources, initializes those that are not initialized, and checks their servers.
 * @param named the data sources that the application provides by name, if it does
 * @throws Error when the options do not say where the databases are
 * @throws UnsuitableServerError for a server that cannot be used
 */
export async function openDataSources(
  options: DatabaseOptions,
  named: Partial<PerDatabase<DataSource>> = {},
): Promise<DataSources> {
  const { command, query } =
    options.url === undefined ? givenSources(options, named) : await ownSources(options.url, options);
  const owned: DataSource[] = [];
  try {
    for (const dataSource of new Set([command, query])) {
      refuseReplication(dataSource);
      if (!dataSource.isInitialized) owned.push(await dataSource.initialize());
      if (options.url === undefined) await checkServer(connectionOf(dataSource));
    }
  } catch (error) {
    await Promise.all(owned.map((one) => one.destroy()));
    throw error;
  }
  return new DataSources(command, query, owned);
}

/** @throws Error for a data source whose reads do not all go to the primary */
function refuseReplication({ options }: DataSource): void {
  if ((options as { readonly replication?: unknown }).replication === undefined) return;
  throw new Error(
    'A data source has the option "replication". TypeORM would read rows of views from a replica to write them, and ' +
      'lose changes. Leave it out, and list the replicas in the option "queryReplicas" of DurableCqrsModule.',
  );
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

/** The members of a data source that a module makes. */
type Members = Pick<DataSourceOptions, 'entities' | 'migrations'>;

async function ownSources(
  url: string | PerDatabase<string>,
  { schema, poolSize, entities, migrations }: DatabaseOptions,
): Promise<PerDatabase<DataSource>> {
  const views = { ...(entities && { entities }), ...(migrations && { migrations }) };
  const open = async (
    applicationName: string,
    to: string,
    members: readonly Members[],
  ): Promise<DataSource> => {
    // The check comes first: its errors say more than those of TypeORM, which looks up the schema when it connects.
    await checkServer(withSettings({ connectionString: to }));
    const settings = connectionSettings(await withOperatorsCommit(to), {
      ...(schema !== undefined && { schema }),
      ...(poolSize !== undefined && { poolSize }),
    });
    const connection = { ...settings.extra, connectionString: settings.url };
    if (schema !== undefined) await createSchema(connection, schema);
    return new DataSource({
      type: 'postgres',
      applicationName,
      entities: members.flatMap((one) => listOf(one.entities)),
      migrations: members.flatMap((one) => listOf(one.migrations)),
      ...settings,
    });
  };
  if (typeof url === 'string') {
    const both = await open('durable-cqrs', url, [commandSchema, views]);
    return { command: both, query: both };
  }
  return {
    command: await open(COMMAND_DATA_SOURCE, url.command, [commandSchema]),
    query: await open(QUERY_DATA_SOURCE, url.query, [querySchema, views]),
  };
}

/** TypeORM also takes an object whose values are the members. */
function listOf<T>(members: readonly T[] | Readonly<Record<string, T>> | undefined): T[] {
  return Object.values(members ?? []);
}
