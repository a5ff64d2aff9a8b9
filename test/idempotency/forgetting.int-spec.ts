import { Client } from 'pg';
import { bankDatabases, startBank } from '../bank/bank-app.js';
import { eventually } from '../support/eventually.js';

/** More than one portion. */
const OLD = 10_500;

it('forgets outcomes after seven days, in portions, and no others', async () => {
  const databases = await bankDatabases();
  const client = new Client({ connectionString: databases.command.url });
  await client.connect();
  const remember = (count: number, age: string) =>
    client.query(
      `INSERT INTO command_outcome (command_id, fingerprint, outcome, recorded_at)
       SELECT gen_random_uuid(), $2::text, '{}', now() - $2::text::interval FROM generate_series(1, $1::int)`,
      [count, age],
    );
  await remember(OLD, '7 days 1 second');
  await remember(3, '6 days 23 hours');
  const bank = await startBank(databases);
  const left = await eventually(
    'the old ones to be forgotten',
    async () => (await client.query<{ fingerprint: string }>('SELECT fingerprint FROM command_outcome')).rows,
    ({ length }) => length <= 3,
  );
  expect(left.map(({ fingerprint }) => fingerprint)).toEqual(Array(3).fill('6 days 23 hours'));
  await bank.stop();
  await client.end();
  await databases.drop();
});
