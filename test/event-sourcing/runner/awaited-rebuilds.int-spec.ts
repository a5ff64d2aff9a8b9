import { DataSource } from 'typeorm';
import {
  RebuildError,
  SubscriptionAdmin,
  SubscriptionRunner,
  type SubscriptionStatus,
} from '../../../src/event-sourcing/index.js';
import { RebuildRecords } from '../../../src/event-sourcing/projections/rebuild-records.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from '../../bank/bank-app.js';
import { eventually } from '../../support/eventually.js';

let databases: BankDatabases;
let views: DataSource;
const running = new Set<Bank>();

beforeEach(async () => {
  databases = await bankDatabases();
  views = await new DataSource(databases.query).initialize();
});
afterEach(async () => {
  for (const bank of running) await stop(bank);
  await views.destroy();
  await databases.drop();
});

async function start(): Promise<Bank> {
  const bank = await startBank(databases);
  running.add(bank);
  return bank;
}

async function stop(bank: Bank): Promise<void> {
  running.delete(bank);
  await bank.stop();
}

const adminOf = ({ context }: Bank): SubscriptionAdmin => context.get(SubscriptionAdmin);

const statusOf = async (bank: Bank): Promise<SubscriptionStatus | undefined> =>
  (await adminOf(bank).statuses()).find(({ name }) => name === 'balances');

const balances = (): Promise<{ balance: number }[]> => views.query('SELECT balance FROM balances');

/** A bank with one account, whose row is then wrong. */
async function startWithWrongView(): Promise<Bank> {
  const bank = await start();
  await bank.move('a', 5);
  await eventually('the view to be there', balances, (rows) => rows[0]?.balance === 5);
  await views.query('UPDATE balances SET balance = 99');
  return bank;
}

/** Keeps a rebuild from replacing the view until the function that it returns is called. */
async function readForLong(): Promise<() => Promise<void>> {
  const reader = views.createQueryRunner();
  await reader.startTransaction();
  await reader.query('SELECT * FROM balances');
  return async () => {
    await reader.commitTransaction();
    await reader.release();
  };
}

/** Asks a process for a rebuild that is under way in another one. Resolves when it has found that out. */
const rebuildElsewhere = ({ context }: Bank) => context.get(SubscriptionRunner).rebuild('balances');

it('resolves when the new view has replaced the present one', async () => {
  const bank = await startWithWrongView();
  await adminOf(bank).rebuild('balances');
  expect(await balances()).toEqual([{ balance: 5 }]);
  expect(await statusOf(bank)).toMatchObject({ rebuilding: false, rebuild: null });
});

it('shows its progress in every process, and another process waits for the same rebuild', async () => {
  const bank = await startWithWrongView();
  const other = await start();
  const endReading = await readForLong();
  const done = adminOf(bank).rebuild('balances');
  await eventually(
    'the rebuild to have read all events',
    () => statusOf(other),
    (status) => status?.rebuild?.position === 2,
  );
  expect(await statusOf(other)).toMatchObject({ rebuilding: true, rebuild: { position: 2, target: 2 } });
  const same = await rebuildElsewhere(other);
  await endReading();
  await Promise.all([done, same?.done()]);
  expect(await balances()).toEqual([{ balance: 5 }]);
});

it('rejects with the reason, and the present view stays', async () => {
  const bank = await startWithWrongView();
  await views.query('CREATE VIEW poor AS SELECT * FROM balances');
  const rebuilding = adminOf(bank).rebuild('balances');
  await expect(rebuilding).rejects.toThrow(RebuildError);
  await expect(rebuilding).rejects.toThrow(
    /^The view of "balances" could not be rebuilt: .*other objects depend on it/,
  );
  expect(await balances()).toEqual([{ balance: 99 }]);
  await views.query('DROP VIEW poor');
  await adminOf(bank).rebuild('balances');
  expect(await balances()).toEqual([{ balance: 5 }]);
});

it('rejects when its process stops, for those too who wait in another process', async () => {
  const bank = await startWithWrongView();
  const other = await start();
  const endReading = await readForLong();
  const here = adminOf(bank).rebuild('balances');
  const outcomes = [expect(here).rejects.toThrow('was stopped, because its process ends')];
  await eventually(
    'the rebuild to be under way',
    () => statusOf(other),
    (status) => status?.rebuilding === true && status.rebuild?.position === 2,
  );
  const same = await rebuildElsewhere(other);
  outcomes.push(expect(same?.done()).rejects.toThrow('was stopped, because its process ends'));
  await stop(bank);
  await Promise.all(outcomes);
  await endReading();
});

it('rejects for a projection that this process does not have', async () => {
  const bank = await start();
  await expect(adminOf(bank).rebuild('postman')).rejects.toThrow('This process has no projection "postman".');
  expect(await adminOf(bank).startRebuild('nobody')).toBe(false);
});

it('is lost when its process dies, and can be asked for again', async () => {
  const records = new RebuildRecords(views);
  const id = await records.request('balances');
  expect(await records.request('balances')).toBe(id);
  // A process that has begun holds a lock, and a dead one does not.
  expect(await records.begin('balances')).toBe(id);
  await expect(records.outcome('balances', id)).rejects.toThrow('has ended. The present view stays');
  const next = await records.request('balances');
  expect(next).not.toBe(id);
  expect(await records.state('balances', next)).toEqual({ state: 'requested', error: null });
  expect(await records.withdraw(next)).toBe(true);
  expect(await records.requested(['balances'])).toEqual([]);
});

it('is not begun when its request has failed', async () => {
  const records = new RebuildRecords(views);
  await records.request('balances');
  expect(await records.requested(['balances'])).toEqual(['balances']);
  await records.fail('balances', 'It is broken.');
  expect(await records.requested(['balances'])).toEqual([]);
});
