import { append, openLog, write } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';

let database: LogDatabase;
beforeAll(async () => {
  database = await LogDatabase.create();
  const log = openLog(database.url);
  await log.append(append([write('account-1', 0, 3)])).result;
  await log.close();
});
afterAll(() => database.drop());

// The tests connect as the owner of the log, and as a superuser at that.
it.each([
  [`UPDATE event_log SET data = '{}'`],
  [`UPDATE event_log SET data = '{}' WHERE false`],
  ['DELETE FROM event_log'],
  ['TRUNCATE event_log'],
  [`INSERT INTO event_log SELECT * FROM event_log ON CONFLICT (position) DO UPDATE SET data = '{}'`],
  [
    `MERGE INTO event_log l USING (SELECT 1 AS position) s ON l.position = s.position WHEN MATCHED THEN DELETE`,
  ],
])('the database itself refuses: %s', async (statement) => {
  const before = await database.query('SELECT * FROM event_log ORDER BY position');
  await expect(database.query(statement)).rejects.toMatchObject({ code: '42501' });
  expect(await database.query('SELECT * FROM event_log ORDER BY position')).toEqual(before);
});

it('refuses changes in a session that has switched triggers off', async () => {
  const client = await database.connect();
  await client.query('SET session_replication_role = replica');
  await expect(client.query('DELETE FROM event_log')).rejects.toMatchObject({ code: '42501' });
});
