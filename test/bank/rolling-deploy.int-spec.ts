import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  DurableCommandBus,
  event,
  EventStore,
  SettledLog,
  SubscriptionAdmin,
  SubscriptionRunner,
  type Decider,
  type SubscriptionStatus,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { bankDatabases, startBank, type Bank, type BankDatabases, type BankOptions } from './bank-app.js';
import { account, accountEvents, MoveMoney } from './bank.js';

/** What the next version of the bank stores. */
class AccountFrozen extends event('account.frozen')<{ accountId: string }>() {}

class Ring {
  constructor(readonly bell: string) {}
}

@CommandHandler(Ring)
class RingHandler implements ICommandHandler<Ring> {
  readonly rung: string[] = [];

  execute({ bell }: Ring): Promise<void> {
    this.rung.push(bell);
    return Promise.resolve();
  }
}

const NEXT: BankOptions = {
  events: { events: [...accountEvents.events, AccountFrozen], commands: { 'bell.ring': Ring } },
  others: [[RingHandler]],
};
const HANDLERS = ['balances', 'postman'];

let databases: BankDatabases;
let banks: Bank[];
beforeEach(async () => {
  databases = await bankDatabases();
  banks = [];
});
afterEach(async () => {
  await Promise.all(banks.map((bank) => bank.stop()));
  await databases.drop();
});

async function start(options: BankOptions = {}): Promise<Bank> {
  const bank = await startBank(databases, options);
  banks.push(bank);
  return bank;
}

const held = (bank: Bank): number => bank.context.get(SubscriptionRunner).held;
const statuses = (bank: Bank): Promise<SubscriptionStatus[]> =>
  bank.context.get(SubscriptionAdmin).statuses();

/** The account as the next version decides on it. */
const nextAccount: Decider<{ readonly isFrozen: boolean }, AccountFrozen> = {
  category: account.category,
  initialState: { isFrozen: false },
  evolve: () => ({ isFrozen: true }),
};

async function freeze(bank: Bank, accountId: string): Promise<void> {
  await bank.context.get(EventStore).transact((tx) => {
    tx.load(nextAccount, accountId);
    tx.append(nextAccount, accountId, [new AccountFrozen({ accountId })]);
  });
}

async function until(bank: Bank, state: string): Promise<SubscriptionStatus[]> {
  return eventually(
    `all handlers to be ${state}`,
    () => statuses(bank),
    (all) => HANDLERS.every((name) => all.find((one) => one.name === name)?.state === state),
  );
}

async function caughtUp(bank: Bank): Promise<void> {
  await eventually(
    'all handlers to be caught up',
    () => statuses(bank),
    (all) => HANDLERS.every((name) => all.find((one) => one.name === name)?.lag === 0),
  );
}

async function inViews<Row>(statement: string): Promise<Row[]> {
  const views = await new DataSource(databases.query).initialize();
  try {
    return await views.query(statement);
  } finally {
    await views.destroy();
  }
}

describe('a process that meets events newer than its code', () => {
  it('returns its handlers to a process that knows the events, and is shown as outdated', async () => {
    const old = await start();
    await old.move('a', 5);
    await until(old, 'running');
    const next = await start(NEXT);
    await freeze(next, 'b');
    await eventually(
      'the next version to have all handlers',
      () => Promise.resolve([held(old), held(next)]),
      ([before, after]) => before === 0 && after === HANDLERS.length,
    );
    await next.move('a', 7);
    await until(next, 'running');
    await caughtUp(next);
    expect(await inViews('SELECT balance, movements FROM balances')).toEqual([{ balance: 12, movements: 2 }]);
    await until(old, 'outdated');
    expect(old.context.get(SettledLog).failure?.message).toContain('"account.frozen"');
  });

  it('shows how far behind it is while no process takes its handlers', async () => {
    const old = await start();
    await old.move('a', 5);
    await until(old, 'running');
    await caughtUp(old);
    await insertFrozen(1);
    await until(old, 'outdated');
    await old.move('a', 1);
    const behind = (await statuses(old)).filter(({ name }) => HANDLERS.includes(name));
    expect(behind.map(({ lag }) => lag)).toEqual([2, 2]);
    expect(behind.every(({ lagSeconds }) => lagSeconds > 0)).toBe(true);
  });

  it('is also outdated by a newer schema version', async () => {
    const old = await start();
    await until(old, 'running');
    await insertFrozen(2, 'account.closed');
    await until(old, 'outdated');
    await eventually(
      'its leases to be free',
      () => Promise.resolve(held(old)),
      (count) => count === 0,
    );
  });

  it('takes nothing back, and two such processes do not pass the handlers to and fro', async () => {
    const [first, second] = [await start(), await start()];
    await until(first, 'running');
    await insertFrozen(1);
    const epochs = (): Promise<unknown> => inViews('SELECT epoch, holder FROM checkpoint');
    await until(first, 'outdated');
    await until(second, 'outdated');
    await eventually(
      'both to hold nothing',
      () => Promise.resolve(held(first) + held(second)),
      (count) => count === 0,
    );
    const before = await epochs();
    const beats = async (): Promise<number> =>
      Number(
        (
          await inViews<{ at: string }>('SELECT extract(epoch FROM min(alive_until)) AS at FROM lease_member')
        )[0]?.at,
      );
    const begunAt = await beats();
    await eventually('both to beat on', beats, (at) => at > begunAt + 3);
    expect(await epochs()).toEqual(before);
    expect(before).toEqual([{ epoch: expect.any(Number) as number, holder: null }]);
  });

  it('starts as outdated when the events are stored already', async () => {
    const next = await start(NEXT);
    await freeze(next, 'b');
    await caughtUp(next);
    const old = await start();
    await until(old, 'outdated');
    await until(next, 'running');
    await next.move('a', 3);
    await caughtUp(next);
    expect(held(old)).toBe(0);
  });

  it('leaves stored commands that it does not know to a process that does', async () => {
    const old = await start({
      events: { ...accountEvents, commands: { 'account.move-money': MoveMoney } },
    });
    const log = await new DataSource(databases.command).initialize();
    await log.query(
      `INSERT INTO durable_command (id, run_id, source, type, data, metadata, ready, due_at)
       VALUES ('x', gen_random_uuid(), 'commands', 'bell.ring', '{"bell": "x"}',
               '{"correlationId": "t", "causationId": "t", "actor": {"type": "system", "id": null}}', true, now())`,
    );
    // It has passed the other one by when it has run one that was stored later.
    await old.context.get(DurableCommandBus).enqueue(new MoveMoney('a', 1));
    await eventually(
      'the later command to have run',
      () => log.query<{ id: string }[]>('SELECT id FROM durable_command'),
      (left) => left.length === 1,
    );
    expect(await log.query('SELECT attempts, error FROM durable_command')).toEqual([
      { attempts: 0, error: null },
    ]);
    await log.destroy();
    const again = await start(NEXT);
    const { rung } = again.context.get(RingHandler, { strict: false });
    await eventually(
      'the bell to ring',
      () => Promise.resolve(rung),
      (all) => all.length > 0,
    );
  });
});

/** What another process with newer code would store. */
async function insertFrozen(schemaVersion: number, type = 'account.frozen'): Promise<void> {
  const log = await new DataSource(databases.command).initialize();
  await log.query(
    `SELECT append_event('account-x', 1, gen_random_uuid(), $2, $1, '{}', '{}', now() - interval '1 second', '{}', '{}')`,
    [schemaVersion, type],
  );
  await log.destroy();
}
