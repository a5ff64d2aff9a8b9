import { Client, escapeIdentifier } from 'pg';
import { DocumentedApi } from '../support/contract/documented-api.js';
import { createDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http-client.js';
import { ServiceProcess } from '../support/service-process.js';
import { Shop } from '../support/shop.js';

/** Looks at the server and has nothing to commit. */
const CHECK_AT_START = 'durable-cqrs check';

/** Has every session that comes written down, with what is set for it. */
const WRITE_DOWN = `
  CREATE SCHEMA watch;
  CREATE TABLE watch.session (name text, setting text, isolation text);
  CREATE FUNCTION watch.write_down() RETURNS event_trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO watch.session
    SELECT current_setting('application_name'), current_setting('synchronous_commit'), current_setting('default_transaction_isolation');
  END $$;
  CREATE EVENT TRIGGER watch_sessions ON login EXECUTE FUNCTION watch.write_down()`;

/** What an operator has set for `synchronous_commit`. */
interface OperatorsChoice {
  /** For the sessions of the database. */
  readonly database: string;
  /** By an option of the URL. */
  readonly url?: string;
}

/** A database whose sessions have this setting, unless a connection says otherwise. */
async function databaseWith(prefix: string, choice: OperatorsChoice) {
  const database = await createDatabase(prefix);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const url = new URL(database.url);
  const name = escapeIdentifier(url.pathname.slice(1));
  await client.query(`ALTER DATABASE ${name} SET synchronous_commit = ${choice.database}`);
  await client.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`);
  await client.query(WRITE_DOWN);
  if (choice.url !== undefined) url.searchParams.set('options', `-c synchronous_commit=${choice.url}`);
  return {
    url: url.href,
    sessions: async (): Promise<string[]> => {
      const { rows } = await client.query<{ session: string }>(
        `SELECT DISTINCT name || ' ' || setting AS session FROM watch.session
          WHERE name NOT IN ('${CHECK_AT_START}', '') ORDER BY 1`,
      );
      return rows.map(({ session }) => session);
    },
    isolations: async (): Promise<string[]> => {
      const { rows } = await client.query<{ isolation: string }>(
        `SELECT DISTINCT isolation FROM watch.session WHERE name LIKE 'event-log %'`,
      );
      return rows.map(({ isolation }) => isolation);
    },
    drop: async () => {
      await client.end();
      await database.drop();
    },
  };
}

const CHOICES: [what: string, choice: OperatorsChoice, setting: string][] = [
  ['waits for the disk, whatever the settings of database and URL', { database: 'off', url: 'off' }, 'on'],
  [
    'waits for the disk of the standby, where only its memory was asked for',
    { database: 'remote_write' },
    'on',
  ],
  [
    'waits until a standby has applied it, where the database says so',
    { database: 'remote_apply' },
    'remote_apply',
  ],
  [
    'waits until a standby has applied it, where the URL says so',
    { database: 'local', url: 'remote_apply' },
    'remote_apply',
  ],
];

it.each(CHOICES)('every commit %s', async (_, choice, setting) => {
  const [command, query] = await Promise.all([
    databaseWith('command', choice),
    databaseWith('query', choice),
  ]);
  const process = await ServiceProcess.start({
    COMMAND_DATABASE_URL: command.url,
    QUERY_DATABASE_URL: query.url,
  });
  const http = new HttpClient(process.origin, await DocumentedApi.of(process.origin));
  await eventually(
    'the service to be ready',
    () => http.get('/health/ready'),
    ({ status }) => status === 200,
  );
  const shop = new Shop(http);
  const cart = await shop.open();
  await shop.cart(cart.id, cart.version);
  await http.send('POST', '/v1/projections/carts/rebuilds');
  await eventually(
    'the view to be rebuilt',
    async () => (await http.get<{ name: string; rebuilding: boolean }[]>('/v1/projections')).body,
    (all) => all.some(({ name, rebuilding }) => name === 'carts' && !rebuilding),
  );

  const names = [
    'command',
    'event-log append',
    'event-log follow',
    'event-log head',
    'event-log read',
    'leases',
  ];
  expect(await command.sessions()).toEqual(names.map((name) => `${name} ${setting}`));
  expect(await command.isolations()).toEqual(['read committed']);
  expect(await query.sessions()).toEqual(['leases', 'query'].map((name) => `${name} ${setting}`));

  await http.close();
  await process.stop();
  expect(process.complaints).toEqual([]);
  await Promise.all([command.drop(), query.drop()]);
});
