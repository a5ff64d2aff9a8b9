import { Injectable, Logger, Module, type DynamicModule } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import { getDataSourceToken, getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import {
  commandSchema,
  DataSources,
  DurableCommandBus,
  DurableCqrsModule,
  migrateDatabases,
  QUERY_DATABASE,
  querySchema,
  type DurableCqrsOptions,
} from '../../../src/event-sourcing/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { balances, DEFINITIONS, DepositOne, startShop, VIEWS } from '../support/shop-app.js';
import { Balance } from '../support/views.js';

let databases: TestDatabase[];
let app: TestingModule | undefined;
beforeEach(async () => {
  Logger.overrideLogger(false);
  databases = await Promise.all([createDatabase('sources_command'), createDatabase('sources_query')]);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await Promise.all(databases.map((database) => database.drop()));
});

const commandUrl = (): string => databases[0]?.url ?? '';
const queryUrl = (): string => databases[1]?.url ?? '';

/** Deposits at once and later, and waits until the view shows both. */
async function works(...imports: DynamicModule[]): Promise<DataSources> {
  app = await startShop(...imports);
  expect(await app.get(CommandBus).execute(new DepositOne('1'))).toBe(1);
  await app.get(DurableCommandBus).enqueue(new DepositOne('2'));
  const sources = app.get(DataSources);
  await eventually(
    'both deposits in the view',
    () => balances(sources.query),
    (rows) => Object.keys(rows).length === 2,
  );
  return sources;
}

/** Options of a data source that the application makes itself, without a URL. */
function ownSource(url: string, schema: typeof commandSchema, more: Partial<typeof VIEWS> = {}): DataSource {
  const { hostname, port, username, password, pathname } = new URL(url);
  return new DataSource({
    type: 'postgres',
    host: hostname,
    port: Number(port),
    username,
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    entities: [...schema.entities, ...(more.entities ?? [])],
    migrations: [...schema.migrations, ...(more.migrations ?? [])],
  });
}

describe('DurableCqrsModule.forRoot', () => {
  it('works on one database with one URL, and closes its connections', async () => {
    const { command, query } = await works(
      DurableCqrsModule.forRoot({ url: commandUrl(), ...VIEWS, ...DEFINITIONS }),
    );
    expect(query).toBe(command);
    await app?.close();
    app = undefined;
    expect(command.isInitialized).toBe(false);
  });

  it('works on two databases with two URLs', async () => {
    const url = { command: commandUrl(), query: queryUrl() };
    const { command, query } = await works(DurableCqrsModule.forRoot({ url, ...VIEWS, ...DEFINITIONS }));
    const tables = async (dataSource: DataSource): Promise<string[]> =>
      (
        await dataSource.query<{ name: string }[]>(
          `SELECT relname AS name FROM pg_class WHERE relname IN ('event_log', 'balance')`,
        )
      ).map(({ name }) => name);
    expect(await tables(command)).toEqual(['event_log']);
    expect(await tables(query)).toEqual(['balance']);
  });

  it('works with a data source of the application without a URL, which it leaves open', async () => {
    const dataSource = ownSource(commandUrl(), commandSchema, VIEWS);
    await dataSource.initialize();
    await works(DurableCqrsModule.forRoot({ dataSource, ...DEFINITIONS }));
    await app?.close();
    app = undefined;
    expect(dataSource.isInitialized).toBe(true);
    await dataSource.destroy();
  });

  it('initializes two data sources of the application that are not, and closes them', async () => {
    const dataSource = {
      command: ownSource(commandUrl(), commandSchema),
      query: ownSource(queryUrl(), querySchema, VIEWS),
    };
    await works(DurableCqrsModule.forRoot({ dataSource, ...DEFINITIONS }));
    await app?.close();
    app = undefined;
    expect([dataSource.command.isInitialized, dataSource.query.isInitialized]).toEqual([false, false]);
  });

  it('works with the data sources "command" and "query" of TypeOrmModule', async () => {
    const connection = { type: 'postgres', url: commandUrl() } as const;
    await works(
      TypeOrmModule.forRoot({ ...connection, name: 'command', ...commandSchema }),
      TypeOrmModule.forRoot({
        ...connection,
        name: 'query',
        entities: [...querySchema.entities, ...VIEWS.entities],
        migrations: [...querySchema.migrations, ...VIEWS.migrations],
      }),
      DurableCqrsModule.forRoot(DEFINITIONS),
    );
  });

  it('says what to do when it does not know its database', async () => {
    await expect(startShop(DurableCqrsModule.forRoot(DEFINITIONS))).rejects.toThrow(
      /does not know its database. Set the option "url" or "dataSource", or provide .*TypeOrmModule.forRoot/,
    );
  });

  it('refuses a data source with replicas of TypeORM, and names the option to use', async () => {
    const replication = { master: { url: queryUrl() }, slaves: [{ url: queryUrl() }] };
    const query = new DataSource({ type: 'postgres', replication, ...querySchema });
    const dataSource = { command: ownSource(commandUrl(), commandSchema), query };
    await expect(startShop(DurableCqrsModule.forRoot({ dataSource, ...DEFINITIONS }))).rejects.toThrow(
      /has the option "replication".* list the replicas in the option "queryReplicas"/,
    );
  });

  it('closes the first data source when the second cannot be used', async () => {
    const dataSource = {
      command: ownSource(commandUrl(), commandSchema),
      query: ownSource(queryUrl().replace(/[^/]*$/, 'missing'), querySchema),
    };
    await expect(startShop(DurableCqrsModule.forRoot({ dataSource, ...DEFINITIONS }))).rejects.toThrow(
      /database "missing" does not exist/,
    );
    expect(dataSource.command.isInitialized).toBe(false);
  });

  it('provides its data source under a name, for repositories of the application', async () => {
    await works(
      DurableCqrsModule.forRoot({ url: commandUrl(), ...VIEWS, ...DEFINITIONS }),
      TypeOrmModule.forFeature([Balance], QUERY_DATABASE),
    );
    const repository = app?.get<Repository<Balance>>(getRepositoryToken(Balance, QUERY_DATABASE), {
      strict: false,
    });
    expect(await repository?.count()).toBe(2);
  });
});

describe('DurableCqrsModule.forRootAsync', () => {
  @Injectable()
  class Settings {
    readonly url = commandUrl();
  }
  @Injectable()
  class Factory {
    constructor(private readonly settings: Settings) {}

    async createDurableCqrsOptions(): Promise<DurableCqrsOptions> {
      return Promise.resolve({ url: this.settings.url, ...VIEWS, ...DEFINITIONS });
    }
  }
  @Module({ providers: [Settings, Factory], exports: [Settings, Factory] })
  class SettingsModule {}
  const imports = [SettingsModule];

  it('takes a factory with its dependencies', async () => {
    const useFactory = ({ url }: Settings): DurableCqrsOptions => ({ url, ...VIEWS, ...DEFINITIONS });
    await works(DurableCqrsModule.forRootAsync({ imports, inject: [Settings], useFactory }));
  });

  it('takes a class that it provides itself', async () => {
    await works(DurableCqrsModule.forRootAsync({ imports, useClass: Factory }));
  });

  it('takes a class that another module provides', async () => {
    await works(DurableCqrsModule.forRootAsync({ imports, useExisting: Factory }));
  });

  it('takes the data source of TypeOrmModule', async () => {
    await works(
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: commandUrl(),
        entities: [...commandSchema.entities, ...VIEWS.entities],
        migrations: [...commandSchema.migrations, ...VIEWS.migrations],
      }),
      DurableCqrsModule.forRootAsync({
        inject: [getDataSourceToken()],
        useFactory: (dataSource: DataSource) => ({ dataSource, ...DEFINITIONS }),
      }),
    );
  });

  it('refuses wrong options of the factory when it starts', async () => {
    const useFactory = () => ({ URL: commandUrl() }) as DurableCqrsOptions;
    await expect(startShop(DurableCqrsModule.forRootAsync({ useFactory }))).rejects.toThrow(/write "url"/);
  });
});

describe('migrateDatabases', () => {
  it('runs the migrations before any process starts', async () => {
    const options = { url: commandUrl(), ...VIEWS, ...DEFINITIONS };
    await migrateDatabases(options);
    const dataSource = await new DataSource({ type: 'postgres', url: commandUrl() }).initialize();
    const applied = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
    await dataSource.destroy();
    const all = [...commandSchema.migrations, ...VIEWS.migrations].map(({ name }) => ({ name }));
    expect(applied).toHaveLength(all.length);
    expect(applied).toEqual(expect.arrayContaining(all));
    await works(DurableCqrsModule.forRoot(options));
  });
});
