import { readdirSync, readFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { commandSchema, migrate, querySchema } from '../../../src/event-sourcing/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const FOLDER = 'event-sourcing/migrations';

/** MD5 of `pg_get_functiondef` of each function, as the first release with the function created it. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  append_batch: '61ac3285e04929654ebb616d26bb32a7',
  append_event: '9d441e9d4b15533a431065f7bb5a33ba',
  append_events: 'b8f5558f615b701420bb58b76ac2fd3d',
  append_single: '81e2489a548bb7dd10df7e26844fce5e',
  change_commands: '4dba040cf305a350baab9bcf359d27fc',
  close_event_log: '14ab0b3c7e1b6d6c7a9d47f6b20fa6a7',
  finish_commands: '629428a97b3d7e54b91514c1ef8ddd74',
  is_leased: '8b601aa9bbad2ce8ddb169c55ede69e4',
  open_event_log: 'a281430bb204a41b8c1a29f0a15d1eb1',
  refuse_append: 'a8b2a72f1002354c00f0633120c92b04',
  refuse_change_of_event_log: '285efba0ed8910605080f3f10f005ee7',
  store_commands: 'b0c87aa254dcbfce37fa5e60af35860a',
  store_commands_of_saga: 'f58a4846827e92263763b7e79dc40ee9',
  // With the search path of its schema, which PinSearchPath1767139200070 sets.
  tell_saga_of_timer: '79b063cae6170e18e7ecd555fadf8c6d',
};

/** Functions that a later migration drops, and that its `down` creates again. */
const DROPPED = {
  drop_subscription: 'fc563d4c8ceecef175a05760ce32c15b',
  rename_subscription: '6a29dda41b8648e689f20e2150386378',
};

/** The migrations of both databases when the functions moved into files. Later ones are added at the end. */
const COMMAND_MIGRATIONS = [
  'CreateEventLog1767139200000',
  'CreateCheckpoints1767139200001',
  'CreateLeasesAndParkedEvents1767139200002',
  'CreateDurableCommands1767139200003',
  'AnnounceHandlers1767139200004',
  'MarkFirstFill1767139200010',
  'AnnounceReleases1767139200020',
  'AppendBatches1767139200030',
];
const QUERY_MIGRATIONS = [1, 2, 4, 5, 6].map((index) => COMMAND_MIGRATIONS[index]);

describe('the functions of the command database', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase('sql_functions');
    dataSource = new DataSource({ type: 'postgres', url: database.url, ...commandSchema });
    await migrate(dataSource.options);
    await dataSource.initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const definitions = async (): Promise<Record<string, string>> => {
    const rows = await dataSource.query<{ name: string; hash: string }[]>(
      `SELECT proname AS name, md5(pg_get_functiondef(oid)) AS hash FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace`,
    );
    return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
  };

  it('are byte for byte what they were in the first release that had them', async () => {
    expect(await definitions()).toEqual(DEFINITIONS);
  });

  it('are the former ones again after the migration that dropped them is undone', async () => {
    while ((await definitions())['drop_subscription'] === undefined) await dataSource.undoLastMigration();
    expect(await definitions()).toMatchObject(DROPPED);
  });
});

it('keeps the names and the order of the migrations', () => {
  const names = (migrations: readonly { readonly name: string }[]) => migrations.map(({ name }) => name);
  expect(names(commandSchema.migrations).slice(0, COMMAND_MIGRATIONS.length)).toEqual(COMMAND_MIGRATIONS);
  expect(names(querySchema.migrations).slice(0, QUERY_MIGRATIONS.length)).toEqual(QUERY_MIGRATIONS);
});

describe('the SQL files', () => {
  const files = readdirSync(`src/${FOLDER}`);
  const sqlFiles = files.filter((file) => file.endsWith('.sql'));

  it('are part of the build', () => {
    for (const file of sqlFiles) {
      expect(readFileSync(`dist/${FOLDER}/${file}`, 'utf8')).toBe(
        readFileSync(`src/${FOLDER}/${file}`, 'utf8'),
      );
    }
  });

  it('are each created by the migration whose timestamp they have', () => {
    expect(sqlFiles.length).toBeGreaterThanOrEqual(10);
    for (const file of sqlFiles) {
      const [timestamp] = file.split('-');
      const migration = files.find((each) => each.startsWith(`${timestamp}-`) && each.endsWith('.ts'));
      expect(readFileSync(`src/${FOLDER}/${migration}`, 'utf8')).toContain(`sqlFile('${file}')`);
    }
  });
});
