import { randomUUID } from 'node:crypto';
import { EventsHandler } from '@nestjs/cqrs';
import {
  DurableHandler,
  EventStore,
  MessageIdentity,
  SubscriptionAdmin,
  withMessageContext,
} from '../../src/event-sourcing/index.js';
import { Interventions } from '../../src/operations/interventions.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from '../bank/bank-app.js';
import { MoneyMoved } from '../bank/bank.js';
import { eventually } from '../support/eventually.js';

const NAME = 'bookkeeper';

/** Refuses everything as long as it is told to. */
@EventsHandler(MoneyMoved)
@DurableHandler({ name: NAME })
class Bookkeeper {
  static isAway = true;
  readonly booked: number[] = [];
  attempts = 0;

  handle({ amount }: MoneyMoved): void {
    this.attempts += 1;
    if (Bookkeeper.isAway) throw new Error('Nobody is here.');
    this.booked.push(amount);
  }
}

let databases: BankDatabases;
let bank: Bank;
let admin: SubscriptionAdmin;
let interventions: Interventions;
beforeEach(async () => {
  databases = await bankDatabases();
  Bookkeeper.isAway = true;
  bank = await startBank(databases, {
    others: [[Bookkeeper]],
    settings: { retry: { attempts: 1, firstPauseMs: 1 } },
  });
  admin = bank.context.get(SubscriptionAdmin);
  interventions = new Interventions(admin, bank.context.get(EventStore));
  await eventually(
    'all handlers to run',
    () => admin.statuses(),
    (all) => all.every(({ state }) => state === 'running'),
  );
});
afterEach(async () => {
  await bank.stop();
  await databases.drop();
});

/** Runs something as the request of a key; `repeats` gets what was said of each effect. */
function as<T>(key: string, repeats: boolean[], work: () => Promise<T>): Promise<T> {
  const identity = new MessageIdentity(key, 'f', {
    keepsRefusal: () => true,
    precedesIdCheck: () => false,
    onEffect: (isRepeat) => repeats.push(isRepeat),
  });
  const actor = { type: 'admin', id: 'anna' };
  return withMessageContext({ correlationId: key, causationId: key, actor, identity }, work);
}

async function parks(count: number): Promise<readonly string[]> {
  const page = await eventually(
    `${count} to be parked`,
    () => admin.parked(NAME),
    (found) => found?.items.length === count,
  );
  return page?.items.map(({ id }) => id) ?? [];
}

it('is dropped once for a key, and the repeat gets the same answer', async () => {
  await bank.move('a', 1);
  await bank.move('a', 2);
  const [first = '', second = ''] = await parks(2);
  const [key, repeats] = [randomUUID(), [] as boolean[]];
  const drop = (id: string) => as(key, repeats, () => interventions.drop(NAME, id));
  expect(await Promise.all([drop(first), drop(first), drop(first)])).toEqual([true, true, true]);
  expect(await drop(first)).toBe(true);
  expect(repeats.filter((isRepeat) => !isRepeat)).toHaveLength(1);
  expect(await parks(1)).toEqual([second]);
  expect(await interventions.drop(NAME, first)).toBe(false);
});

it('is dropped by the repeat after a crash', async () => {
  await bank.move('a', 1);
  const [id = ''] = await parks(1);
  const key = randomUUID();
  // What the first request has done until then.
  const mark = await admin.markOfParked(NAME, id);
  await as(key, [], () => bank.context.get(EventStore).transact(() => mark));
  expect(await as(key, [], () => interventions.drop(NAME, id))).toBe(true);
  await parks(0);
});

it('is retried once for a key, and the repeat gets the same answer', async () => {
  await bank.move('a', 1);
  const [id = ''] = await parks(1);
  Bookkeeper.isAway = false;
  const [key, repeats] = [randomUUID(), [] as boolean[]];
  const retry = () => as(key, repeats, () => interventions.retry(NAME, id));
  expect(await retry()).toBe(true);
  await parks(0);
  expect(await retry()).toBe(true);
  expect(repeats).toEqual([false, true]);
  expect(bank.context.get(Bookkeeper, { strict: false }).booked).toEqual([1]);
});

it('is retried by the repeat after a crash, but not if it has failed since', async () => {
  await bank.move('a', 1);
  await bank.move('a', 2);
  const [first = '', second = ''] = await parks(2);
  const keys = [randomUUID(), randomUUID()] as const;
  const retry = (key: string) => as(key, [], () => interventions.retry(NAME, second));
  const mark = await admin.markOfParked(NAME, first);
  await as(keys[0], [], () => bank.context.get(EventStore).transact(() => mark));
  const triedTimes = (times: number) =>
    eventually(
      `${times} attempts`,
      async () => (await admin.parked(NAME))?.items.find(({ id }) => id === first),
      (item) => item?.attempts === times && item.retryAt === null,
    );
  await triedTimes(1);
  expect(await retry(keys[0])).toBe(true);
  await triedTimes(2);
  expect(await retry(keys[0])).toBe(true);
  const [item] = (await admin.parked(NAME))?.items ?? [];
  expect(item).toMatchObject({ id: first, attempts: 2, retryAt: null });
  expect(await retry(keys[1])).toBe(true);
  await triedTimes(3);
  expect(bank.context.get(Bookkeeper, { strict: false }).attempts).toBe(3);
});

it('a view is rebuilt once for a key', async () => {
  const [key, repeats] = [randomUUID(), [] as boolean[]];
  const rebuild = (name: string) => as(key, repeats, () => interventions.rebuild(name));
  const before = await admin.markOfView('balances');
  expect(await rebuild('balances')).toBe(true);
  const look = async () => {
    const status = (await admin.statuses()).find(({ name }) => name === 'balances');
    return { rebuilding: status?.rebuilding, mark: await admin.markOfView('balances') };
  };
  const built = await eventually(
    'the new view',
    look,
    ({ rebuilding, mark }) => rebuilding === false && mark !== before,
  );
  expect(await rebuild('balances')).toBe(true);
  expect(await look()).toEqual(built);
  expect(repeats).toEqual([false, true]);
  const other = randomUUID();
  expect(await as(other, [], () => interventions.rebuild('nobody'))).toBe(false);
});

it('answers 404 to a repeat of a request that got 404', async () => {
  const [key, repeats] = [randomUUID(), [] as boolean[]];
  const drop = () => as(key, repeats, () => interventions.drop(NAME, randomUUID()));
  expect([await drop(), await drop()]).toEqual([false, false]);
  expect(repeats).toEqual([false, true]);
});
