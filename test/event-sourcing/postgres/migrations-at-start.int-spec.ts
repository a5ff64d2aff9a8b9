import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { commandSchema } from '../../../src/event-sourcing/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const run = promisify(execFile);

let command: TestDatabase;
let query: TestDatabase;
beforeEach(async () => {
  [command, query] = await Promise.all([createDatabase('start_command'), createDatabase('start_query')]);
});
afterEach(async () => {
  await Promise.all([command.drop(), query.drop()]);
});

/** Starts a process of an application and ends it. Rejects with what it has written when it cannot start. */
async function startApp(commandUrl: string, queryUrl: string, options = {}): Promise<void> {
  const env = {
    ...process.env,
    COMMAND_URL: commandUrl,
    QUERY_URL: queryUrl,
    OPTIONS: JSON.stringify(options),
  };
  await run(process.execPath, ['test/event-sourcing/support/start-app.mjs'], { env });
}

async function applied({ url }: TestDatabase): Promise<string[]> {
  const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  await dataSource.destroy();
  return rows.map(({ name }) => name);
}

describe('the migrations of an application that starts on empty databases', () => {
  it('are run once, though its processes start at the same moment', async () => {
    await Promise.all([1, 2, 3].map(() => startApp(command.url, query.url)));
    expect(await applied(command)).toEqual(commandSchema.migrations.map(({ name }) => name));
    expect((await applied(query)).length).toBeGreaterThan(0);
  }, 60_000);

  it('are run once where both data sources are on one database', async () => {
    await Promise.all([1, 2].map(() => startApp(command.url, command.url)));
    expect(await applied(command)).toEqual(commandSchema.migrations.map(({ name }) => name));
  }, 60_000);

  it('are left to the module: a data source that runs them itself is refused by name', async () => {
    await expect(startApp(command.url, query.url, { migrationsRun: true })).rejects.toThrow(
      /data source "command" has migrationsRun.*DurableCqrsModule runs the migrations/,
    );
  }, 60_000);
});
