import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/event-sourcing/embedded-postgres/index.js';
import { checkServer, UnsuitableServerError } from '../../../src/event-sourcing/index.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { makeFolder, removeFolder } from '../embedded-postgres/service-process.js';

let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await createDatabase('check_server');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

async function refusal(connectionString: string): Promise<string> {
  try {
    await checkServer({ connectionString });
  } catch (error) {
    if (error instanceof UnsuitableServerError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** Has sessions of the database see another value of a setting, as `current_setting` shows it. */
async function pretend(setting: string, value: string): Promise<void> {
  await client.query('CREATE SCHEMA pretence');
  await client.query(`
    CREATE FUNCTION pretence.current_setting(name text) RETURNS text LANGUAGE sql AS $$
      SELECT CASE name WHEN '${setting}' THEN '${value}' ELSE pg_catalog.current_setting(name) END $$`);
  await alter('search_path = pretence, pg_catalog');
}

async function alter(setting: string): Promise<void> {
  const name = pg.escapeIdentifier(new URL(database.url).pathname.slice(1));
  await client.query(`ALTER DATABASE ${name} SET ${setting}`);
}

describe('the check of a server', () => {
  it('accepts PostgreSQL 16', async () => {
    await pretend('server_version_num', '160000');
    expect(await refusal(database.url)).toBe('accepted');
  });

  it('refuses PostgreSQL 15', async () => {
    await pretend('server_version_num', '150014');
    expect(await refusal(database.url)).toMatch(
      /^The server at 127\.0\.0\.1:\d+ is PostgreSQL 15, which is too old: use 16 or newer\.$/,
    );
  });

  it('refuses a server with fsync off', async () => {
    const folder = await makeFolder();
    const dataDir = join(folder, 'data');
    const settings = { fsync: 'off' };
    const server = await startEmbeddedPostgres({ dataDir, databases: [], settings, log: () => undefined });
    const message = await refusal(server.url('postgres')).finally(() => server.stop());
    await removeFolder(folder);
    expect(message).toMatch(/runs with fsync = off and would lose events when it crashes: set fsync = on/);
  });

  it.each(['off', 'local', 'remote_write'])(
    'refuses sessions with synchronous_commit = %s',
    async (setting) => {
      await alter(`synchronous_commit = ${setting}`);
      expect(await refusal(database.url)).toMatch(
        new RegExp(`synchronous_commit = ${setting}. Add "extra: { options: SESSION_SETTINGS }"`),
      );
    },
  );

  it.each(['on', 'remote_apply'])('accepts sessions with synchronous_commit = %s', async (setting) => {
    await alter(`synchronous_commit = ${setting}`);
    expect(await refusal(database.url)).toBe('accepted');
  });

  it('refuses sessions that see changes of their own transaction only', async () => {
    await alter(`default_transaction_isolation = 'repeatable read'`);
    expect(await refusal(database.url)).toMatch(
      /default_transaction_isolation = repeatable read. Add "extra: /,
    );
  });

  it.each([
    'postgres://shop:s3cret@127.0.0.1:1,127.0.0.1:2/bank',
    'postgres://shop:s3cret@127.0.0.1/bank?target_session_attrs=primary',
  ])('refuses several hosts: %s', async (url) => {
    expect(await refusal(url)).toBe(
      'The URL names several hosts or has target_session_attrs, which the driver does not support: use one address that ' +
        'always leads to the primary.',
    );
  });

  it('names the server and no password when the credentials are wrong', async () => {
    const wrong = new URL(database.url);
    wrong.password = 's3cret%2F';
    const message = await refusal(wrong.href);
    expect(message).toContain(
      `Cannot connect to PostgreSQL at 127.0.0.1:${wrong.port} (password authentication failed`,
    );
    expect(message).not.toContain('s3cret');
  });

  it.each(['100%', '100%25'])('names the server when the password is %s', async (password) => {
    const { username, host } = new URL(database.url);
    const message = await refusal(`postgres://${username}:${password}@${host}/postgres`);
    expect(message).toContain(`Cannot connect to PostgreSQL at ${host} (`);
    expect(message).not.toContain(password);
  });

  it.each(['127.0.0.1', 'localhost'])('reports a server that does not listen on %s', async (host) => {
    const listener = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => listener.once('listening', listening));
    const { port } = listener.address() as AddressInfo;
    await new Promise((closed) => listener.close(closed));
    expect(await refusal(`postgres://shop:s3cret@${host}:${port}/bank`)).toMatch(
      new RegExp(
        `^(?!.*s3cret)Cannot connect to PostgreSQL at ${host}:${port} \\(.*ECONNREFUSED.*\\): check that it`,
      ),
    );
  });
});
