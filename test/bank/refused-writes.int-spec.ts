import { DataSource } from 'typeorm';
import {
  SubscriptionAdmin,
  SubscriptionRunner,
  type SubscriptionStatus,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { bankDatabases, startBank, type Bank } from './bank-app.js';

const balances = async (bank: Bank): Promise<SubscriptionStatus | undefined> =>
  (await bank.context.get(SubscriptionAdmin).statuses()).find(({ name }) => name === 'balances');

async function becomes(bank: Bank, state: string): Promise<void> {
  await eventually(
    `"balances" to be ${state}`,
    () => balances(bank),
    (status) => status?.state === state,
  );
}

it('shows a projection as retrying at every process while its database refuses all its writes', async () => {
  const databases = await bankDatabases();
  const views = await new DataSource(databases.query).initialize();
  const bank = await startBank(databases);
  const web = await startBank(databases, { settings: { runsHandlers: false } });
  await bank.move('a', 5);
  await eventually(
    '"balances" to be caught up',
    () => balances(bank),
    (status) => status?.state === 'running' && status.lag === 0,
  );
  await views.query('ALTER TABLE balances RENAME TO elsewhere');
  await bank.move('a', 2);
  await becomes(bank, 'retrying');
  await becomes(web, 'retrying');
  // For as long as several attempts take it is nothing else.
  const subscription = bank.context
    .get(SubscriptionRunner)
    .subscriptions.find(({ options }) => options.name === 'balances');
  const states = new Set<string | undefined>();
  await eventually(
    'attempts to follow each other',
    () => {
      states.add(subscription?.state);
      return Promise.resolve(subscription?.failingForMs);
    },
    (ms) => ms !== undefined && ms > 2_000,
  );
  expect([...states]).toEqual(['retrying']);
  expect(await balances(bank)).toMatchObject({ state: 'retrying', lag: 1 });

  await views.query('ALTER TABLE elsewhere RENAME TO balances');
  await becomes(bank, 'running');
  await becomes(web, 'running');
  await eventually(
    'the view to show it',
    () => views.query<{ balance: number }[]>('SELECT balance FROM balances'),
    ([row]) => row?.balance === 7,
  );
  expect(subscription?.failingForMs).toBe(0);
  await Promise.all([bank.stop(), web.stop()]);
  await views.destroy();
  await databases.drop();
});
