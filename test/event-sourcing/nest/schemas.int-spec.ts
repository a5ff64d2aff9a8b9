import { Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import pg from 'pg';
import { DataSource } from 'typeorm';
import {
  commandSchema,
  DataSources,
  DurableCommandBus,
  DurableCqrsModule,
  EventLog,
  SubscriptionAdmin,
} from '../../../src/event-sourcing/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { balances, DEFINITIONS, DepositOne, startShop, VIEWS } from '../support/shop-app.js';

let database: TestDatabase;
let client: pg.Client;
let apps: TestingModule[];
beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase('schemas');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  apps = [];
});
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await client.end();
  await database.drop();
});

async function start(schema?: string): Promise<TestingModule> {
  const options = { url: database.url, ...(schema !== undefined && { schema }), ...VIEWS, ...DEFINITIONS };
  const app = await startShop(DurableCqrsModule.forRoot(options));
  apps.push(app);
  return app;
}

/** Two applications with the same names of everything, in the schemas `one` and `public`. */
async function startTwo(): Promise<readonly [one: TestingModule, other: TestingModule]> {
  const both = await Promise.all([start('one'), start()]);
  return both;
}

async function rows<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  return (await client.query<Row>(sql)).rows;
}

async function untilBalance(app: TestingModule, expected: Record<string, number>): Promise<void> {
  const { query } = app.get(DataSources);
  const isThere = (found: Record<string, number>): boolean =>
    JSON.stringify(found) === JSON.stringify(expected);
  await eventually('the view', () => balances(query), isThere);
}

describe('the schema of the module', () => {
  it('is created, and holds all tables and functions', async () => {
    await start('events');
    const places = await rows<{ schema: string; kinds: string[] }>(
      `SELECT nspname AS schema, array_agg(DISTINCT kind ORDER BY kind) AS kinds
         FROM (SELECT relnamespace AS namespace, 'relation' AS kind FROM pg_class
               UNION ALL SELECT pronamespace, 'function' FROM pg_proc) AS o
         JOIN pg_namespace n ON n.oid = namespace
        WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%' GROUP BY nspname`,
    );
    expect(places).toEqual([{ schema: 'events', kinds: ['function', 'relation'] }]);
  });

  it('may exist, without the right to create one', async () => {
    await client.query('CREATE SCHEMA events');
    const { pathname } = new URL(database.url);
    const role = `r${pathname.slice(-12)}`;
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    await client.query(`GRANT USAGE, CREATE ON SCHEMA events TO ${role}`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'secret'];
    const app = await startShop(
      DurableCqrsModule.forRoot({ url: url.href, schema: 'events', ...VIEWS, ...DEFINITIONS }),
    );
    expect(await app.get(CommandBus).execute(new DepositOne('1'))).toBe(1);
    await app.close();
    await client.query(`DROP OWNED BY ${role}`);
    await client.query(`DROP ROLE ${role}`);
  });

  it('is that of the search path in a data source of the application', async () => {
    await client.query('CREATE SCHEMA own');
    const dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [...commandSchema.entities, ...VIEWS.entities],
      migrations: [...commandSchema.migrations, ...VIEWS.migrations],
      extra: { options: '-c search_path=own' },
    });
    const app = await startShop(DurableCqrsModule.forRoot({ dataSource, ...DEFINITIONS }));
    apps.push(app);
    await app.get(CommandBus).execute(new DepositOne('1'));
    expect(await rows('SELECT stream FROM own.event_log')).toEqual([{ stream: 'account-1' }]);
  });
});

describe('two applications in two schemas of one database', () => {
  it('do not mix events, views, stored commands and checkpoints', async () => {
    const [one, other] = await startTwo();
    const execute = async (app: TestingModule, times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) await app.get(CommandBus).execute(new DepositOne('1'));
      await app.get(DurableCommandBus).enqueue(new DepositOne(app === one ? '2' : '3'));
    };
    await Promise.all([execute(one, 20), execute(other, 5)]);
    await Promise.all([
      untilBalance(one, { 'account-1': 20, 'account-2': 1 }),
      untilBalance(other, { 'account-1': 5, 'account-3': 1 }),
    ]);
    const counts = `(SELECT count(*)::int FROM one.event_log) AS one, (SELECT count(*)::int FROM public.event_log) AS other`;
    expect(await rows(`SELECT ${counts}`)).toEqual([{ one: 21, other: 6 }]);
  });

  it('share the subscriptions of their own processes only', async () => {
    await startTwo();
    await start('one');
    const members = `(SELECT count(*)::int FROM one.lease_member) AS one,
                     (SELECT count(*)::int FROM public.lease_member) AS other`;
    await eventually(
      'three processes',
      () => rows(`SELECT ${members}`),
      ([row]) => JSON.stringify(row) === JSON.stringify({ one: 2, other: 1 }),
    );
  });

  it('announce what they store on channels of their own', async () => {
    const [one, other] = await startTwo();
    const channels = [one, other].map((app) => app.get(EventLog).channel);
    expect(channels[1]).toBe('event_log');
    expect(channels[0]).not.toBe(channels[1]);
    const heard: string[] = [];
    client.on('notification', ({ channel }) => heard.push(channel));
    for (const channel of channels) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    await one.get(CommandBus).execute(new DepositOne('1'));
    await eventually(
      'an announcement',
      () => Promise.resolve(heard),
      ({ length }) => length > 0,
    );
    expect(new Set(heard)).toEqual(new Set([channels[0]]));
  });

  it('rebuild a view while the other one rebuilds a view of the same name', async () => {
    const [one] = await startTwo();
    await one.get(CommandBus).execute(new DepositOne('1'));
    await untilBalance(one, { 'account-1': 1 });
    const epoch = async (): Promise<number> => {
      const [row] = await rows<{ epoch: number }>(`SELECT epoch FROM one.checkpoint WHERE name = 'balances'`);
      return row?.epoch ?? 0;
    };
    const before = await epoch();
    // What a rebuild in the schema "public" holds.
    await client.query(`SELECT pg_advisory_lock(hashtextextended('rebuild balances', 0))`);
    await one.get(SubscriptionAdmin).rebuild('balances');
    await eventually('the new view', epoch, (now) => now > before);
    await untilBalance(one, { 'account-1': 1 });
  });

  it('have their own sagas told when an operator removes a timer, whatever his search path', async () => {
    await startTwo();
    for (const schema of ['one', 'public']) {
      await client.query(
        `INSERT INTO ${schema}.checkpoint (name, position, log_id, epoch) VALUES ('saga', 0, gen_random_uuid(), 1)`,
      );
      await client.query(
        `INSERT INTO ${schema}.durable_command (id, run_id, source, type, data, metadata, ready, due_at)
         VALUES ('timer', gen_random_uuid(), 'saga', 'account.deposit-one', '{}', '{}', true, now() + interval '1 hour')`,
      );
    }
    await client.query(`DELETE FROM one.durable_command WHERE id = 'timer'`);
    const epochs = `SELECT epoch FROM one.checkpoint WHERE name = 'saga'
                    UNION ALL SELECT epoch FROM public.checkpoint WHERE name = 'saga'`;
    expect(await rows(epochs)).toEqual([{ epoch: 2 }, { epoch: 1 }]);
  });
});
