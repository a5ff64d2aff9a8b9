import { EventsHandler, Saga } from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import {
  DurableCommandBus,
  DurableHandler,
  DurableSaga,
  recordOf,
  SubscriptionAdmin,
  type ParkedItem,
} from '../../src/event-sourcing/index.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from '../bank/bank-app.js';
import { accountEvents, MoneyMoved, MoveMoney } from '../bank/bank.js';
import { eventually } from '../support/eventually.js';

const NAME = 'bookkeeper';
const UNKNOWN_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';

/** Refuses some amounts as long as it is told to. */
@EventsHandler(MoneyMoved)
@DurableHandler({ name: NAME })
class Bookkeeper {
  static refused = new Set<number>();
  readonly calls: string[] = [];
  readonly booked: string[] = [];

  handle(event: MoneyMoved): void {
    const line = `${event.accountId} ${event.amount}`;
    this.calls.push(line);
    if (Bookkeeper.refused.has(event.amount)) throw new Error(`Nobody books ${event.amount}.`);
    this.booked.push(line);
  }
}

class Collector {
  /** For each 100 that come in, takes 1 from the account of the fees. */
  @Saga()
  @DurableSaga({ name: 'collector' })
  collect(events: Observable<object>): Observable<MoveMoney | undefined> {
    return events.pipe(
      map((event) => {
        const isBig = event instanceof MoneyMoved && event.amount === 100;
        return isBig && recordOf(event).position > 0 ? new MoveMoney('fees', -1) : undefined;
      }),
    );
  }
}

let databases: BankDatabases;
let bank: Bank;
let admin: SubscriptionAdmin;
let bookkeeper: Bookkeeper;

beforeEach(async () => {
  databases = await bankDatabases();
  Bookkeeper.refused = new Set();
  bank = await startBank(databases, {
    events: { ...accountEvents, commands: { 'account.move-money': MoveMoney } },
    others: [[Bookkeeper, Collector]],
    settings: { retry: { attempts: 1, firstPauseMs: 1 } },
  });
  admin = bank.context.get(SubscriptionAdmin);
  bookkeeper = bank.context.get(Bookkeeper, { strict: false });
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

async function parked(name = NAME): Promise<readonly ParkedItem[]> {
  return (await admin.parked(name))?.items ?? [];
}

async function parks(count: number, name = NAME): Promise<readonly ParkedItem[]> {
  return eventually(
    `${count} to be parked`,
    () => parked(name),
    ({ length }) => length === count,
  );
}

async function statusOf(name: string) {
  return (await admin.statuses()).find((status) => status.name === name);
}

async function books(...lines: string[]): Promise<void> {
  await eventually(
    lines.join(', '),
    () => Promise.resolve(bookkeeper.booked),
    (booked) => booked.length >= lines.length,
  );
  expect(bookkeeper.booked).toEqual(lines);
}

/** Moves that the bookkeeper stumbles over at the first one of account a; b is not concerned. */
async function stumble(): Promise<readonly ParkedItem[]> {
  Bookkeeper.refused.add(13);
  await bank.move('a', 13);
  await bank.move('a', 2);
  await bank.move('a', 3);
  await bank.move('b', 4);
  await books('b 4');
  return parks(3);
}

const idOf = (items: readonly ParkedItem[], index: number): string => items[index]?.id ?? '';

it('lists failed events, and those that wait behind them', async () => {
  const items = await stumble();
  expect(items.map(({ stream, type }) => `${String(stream)} ${type}`)).toEqual(
    Array(3).fill('account-a account.money-moved'),
  );
  expect(items.map(({ attempts, retryAt }) => [attempts, retryAt])).toEqual([
    [1, null],
    [0, null],
    [0, null],
  ]);
  expect(items[0]?.error).toContain('Nobody books 13.');
  const positions = items.map(({ position }) => position);
  expect(positions).toEqual([...positions].sort((one, other) => Number(one) - Number(other)));
  expect(await statusOf(NAME)).toMatchObject({ kind: 'handler', state: 'parked', parked: 3 });
  expect(await statusOf('balances')).toMatchObject({ kind: 'projection', state: 'running', parked: 0 });
});

it('lists them page by page', async () => {
  const items = await stumble();
  const found: ParkedItem[] = [];
  let page = await admin.parked(NAME, undefined, 2);
  for (; page?.next; page = await admin.parked(NAME, page.next, 2)) found.push(...page.items);
  expect([...found, ...(page?.items ?? [])]).toEqual(items);
});

it('retries an event, and then those behind it in order', async () => {
  const items = await stumble();
  Bookkeeper.refused.clear();
  expect(await admin.retry(NAME, idOf(items, 0))).toBe(true);
  await books('b 4', 'a 13', 'a 2', 'a 3');
  await parks(0);
  expect(await statusOf(NAME)).toMatchObject({ state: 'running', parked: 0 });
  await bank.move('a', 5);
  await books('b 4', 'a 13', 'a 2', 'a 3', 'a 5');
});

it('starts with the first event of the key, whichever is requested', async () => {
  const items = await stumble();
  Bookkeeper.refused.clear();
  expect(await admin.retry(NAME, idOf(items, 2))).toBe(true);
  await books('b 4', 'a 13', 'a 2', 'a 3');
});

it('calls the handler once for each retry, and parks the event again when that fails', async () => {
  const items = await stumble();
  expect(await admin.retry(NAME, idOf(items, 0))).toBe(true);
  await eventually('the second attempt', parked, ([first]) => first?.attempts === 2);
  expect(bookkeeper.calls.filter((line) => line === 'a 13')).toHaveLength(2);
  expect((await parked()).map(({ attempts, retryAt }) => [attempts, retryAt])).toEqual([
    [2, null],
    [0, null],
    [0, null],
  ]);
});

it('drops one event, and goes on with the next of its key', async () => {
  const items = await stumble();
  expect(await admin.drop(NAME, idOf(items, 0))).toBe(true);
  await books('b 4', 'a 2', 'a 3');
  await parks(0);
  expect(await admin.drop(NAME, idOf(items, 0))).toBe(false);
  await bank.move('a', 5);
  await books('b 4', 'a 2', 'a 3', 'a 5');
});

it('drops a waiting event, and leaves the one before it parked', async () => {
  const items = await stumble();
  expect(await admin.drop(NAME, idOf(items, 1))).toBe(true);
  expect((await parked()).map(({ id, attempts, retryAt }) => [id, attempts, retryAt])).toEqual([
    [idOf(items, 0), 1, null],
    [idOf(items, 2), 0, null],
  ]);
  Bookkeeper.refused.clear();
  expect(await admin.retry(NAME, idOf(items, 0))).toBe(true);
  await books('b 4', 'a 13', 'a 3');
});

it('changes nothing for an unknown item', async () => {
  const items = await stumble();
  for (const [name, id] of [
    [NAME, UNKNOWN_ID],
    ['postman', idOf(items, 0)],
    ['nobody', idOf(items, 0)],
  ] as const) {
    expect([await admin.retry(name, id), await admin.drop(name, id)]).toEqual([false, false]);
  }
  expect(await admin.parked('nobody')).toBeUndefined();
  expect(await parked()).toEqual(items);
});

it('lists a parked command of a saga, and retries it', async () => {
  await bank.move('a', 100);
  const [command] = await parks(1, 'collector');
  expect(command).toMatchObject({
    stream: 'account-a',
    position: null,
    type: 'account.move-money',
    attempts: 1,
  });
  expect(command?.error).toContain('There is not that much.');
  expect(await statusOf('collector')).toMatchObject({ kind: 'saga', state: 'parked', parked: 1 });
  await bank.move('fees', 7);
  expect(await admin.retry('collector', command?.id ?? '')).toBe(true);
  await parks(0, 'collector');
  await eventually(
    'the fee',
    () => bank.move('fees', 0),
    (left) => left === 6,
  );
});

it('drops a parked command, and runs the next of its queue', async () => {
  await bank.move('a', 100);
  const [first] = await parks(1, 'collector');
  await bank.move('fees', 7);
  await bank.move('a', 100);
  expect(await admin.drop('collector', first?.id ?? '')).toBe(true);
  await parks(0, 'collector');
  await eventually(
    'the second fee',
    () => bank.move('fees', 0),
    (left) => left === 6,
  );
});

it('lists commands that code has enqueued under a name of their own', async () => {
  await bank.context.get(DurableCommandBus).enqueue(new MoveMoney('c', -1));
  const [command] = await parks(1, 'commands');
  expect(command).toMatchObject({ stream: null, position: null, type: 'account.move-money' });
  expect(await statusOf('commands')).toMatchObject({ state: 'parked', parked: 1 });
  expect(await admin.drop('commands', command?.id ?? '')).toBe(true);
  expect(await parked('commands')).toEqual([]);
});
