import { EventsHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  DurableHandler,
  event,
  EventStore,
  recordOf,
  SubscriptionRunner,
  withMessageContext,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { account, AccountClosed, MoneyMoved, type Balance } from './bank.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from './bank-app.js';

let databases: BankDatabases;
let views: DataSource;
const running: Bank[] = [];

beforeEach(async () => {
  databases = await bankDatabases();
  views = await new DataSource(databases.query).initialize();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((bank) => bank.stop()));
  await views.destroy();
  await databases.drop();
});

async function start(
  ...parameters: Parameters<typeof startBank> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Bank> {
  const bank = await startBank(databases, ...parameters);
  running.push(bank);
  return bank;
}

async function balances(): Promise<Balance[]> {
  return views.query(
    'SELECT account_id AS "accountId", balance, movements FROM balances ORDER BY account_id',
  );
}

async function balanced(
  ...expected: [accountId: string, balance: number, movements: number][]
): Promise<void> {
  const rows = expected.map(([accountId, balance, movements]) => ({ accountId, balance, movements }));
  await eventually('the view', balances, (found) => JSON.stringify(found) === JSON.stringify(rows));
}

const stateOf = (bank: Bank, name: string): string | undefined =>
  bank.context.get(SubscriptionRunner).subscriptions.find(({ options }) => options.name === name)?.state;

describe('handlers of a Nest application', () => {
  it('calls the handlers that Nest finds with the stored events', async () => {
    const bank = await start();
    expect(await bank.move('a', 5)).toBe(5);
    expect(await bank.move('a', 3)).toBe(8);
    await balanced(['a', 8, 2]);
    await eventually(
      'the letters',
      () => Promise.resolve(bank.postman.letters),
      ({ length }) => length === 2,
    );
    expect(bank.postman.letters.map(({ version }) => version)).toEqual([2, 3]);
  });

  it('passes correlation and actor of a request to the handler, with the event as the cause', async () => {
    const bank = await start();
    const actor = { type: 'customer', id: 'ada' };
    await withMessageContext({ correlationId: 'request-1', causationId: 'request-1', actor }, () =>
      bank.move('a', 5),
    );
    const [letter] = await eventually(
      'a letter',
      () => Promise.resolve(bank.postman.letters),
      ({ length }) => length === 1,
    );
    const [{ id }] = await stored("type = 'account.money-moved'");
    expect(letter?.context).toMatchObject({ correlationId: 'request-1', causationId: id, actor });
  });

  it('begins a projection at the first event and a plain handler at the head', async () => {
    const before = await start();
    await before.move('a', 5);
    await balanced(['a', 5, 1]);
    await before.stop();
    running.length = 0;
    await views.query('TRUNCATE balances');
    await views.query('DELETE FROM checkpoint');
    await forget('postman');

    const bank = await start();
    await balanced(['a', 5, 1]);
    await eventually(
      'the handler',
      () => Promise.resolve(stateOf(bank, 'postman')),
      (state) => state === 'running',
    );
    await bank.move('a', 1);
    await eventually(
      'the letter',
      () => Promise.resolve(bank.postman.letters),
      ({ length }) => length > 0,
    );
    expect(bank.postman.letters.map(({ version }) => version)).toEqual([3]);
  });

  it('goes on where it left off', async () => {
    const first = await start();
    await first.move('a', 5);
    await eventually(
      'the letter',
      () => Promise.resolve(first.postman.letters),
      ({ length }) => length === 1,
    );
    await balanced(['a', 5, 1]);
    await first.stop();
    running.length = 0;

    const second = await start();
    await second.move('a', 2);
    await balanced(['a', 7, 2]);
    await eventually(
      'the letter',
      () => Promise.resolve(second.postman.letters),
      ({ length }) => length === 1,
    );
    expect(second.postman.letters.map(({ version }) => version)).toEqual([3]);
  });

  it('retries a failing handler while its neighbours and other streams go on', async () => {
    const bank = await start();
    bank.postman.failures = 2;
    await bank.move('a', 1);
    await bank.move('b', 1);
    await balanced(['a', 1, 1], ['b', 1, 1]);
    await eventually(
      'the letters',
      () => Promise.resolve(bank.postman.letters),
      ({ length }) => length === 2,
    );
    expect(bank.postman.letters.map(({ accountId }) => accountId).sort()).toEqual(['a', 'b']);
  });

  it('removes a row when the projection returns none', async () => {
    const bank = await start();
    await bank.move('a', 1);
    await bank.move('b', 1);
    await balanced(['a', 1, 1], ['b', 1, 1]);
    await bank.context.get(EventStore).transact((tx) => {
      tx.load(account, 'a');
      tx.append(account, 'a', [new AccountClosed({ accountId: 'a' })]);
    });
    await balanced(['b', 1, 1]);
  });
});

describe('a projection', () => {
  it('processes every event exactly once while its connections are cut again and again', async () => {
    const bank = await start();
    const accounts = ['a', 'b', 'c', 'd'];
    const done = new AbortController();
    const { signal: cut } = done;
    const cutting = (async () => {
      while (!cut.aborted) {
        await views.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
        );
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    await Promise.all(
      accounts.map(async (accountId) => {
        for (let movement = 0; movement < 150; movement += 1) await bank.move(accountId, 1);
      }),
    );
    done.abort();
    await cutting;
    await balanced(['a', 150, 150], ['b', 150, 150], ['c', 150, 150], ['d', 150, 150]);
  });

  it('goes on at once in another process when its process stops', async () => {
    const first = await start();
    await first.move('a', 1);
    await balanced(['a', 1, 1]);
    const second = await start();
    expect(stateOf(second, 'balances')).toBe('waiting');
    await Promise.all([first, second].flatMap((bank) => Array.from({ length: 50 }, () => bank.move('a', 1))));
    await first.stop();
    running.splice(running.indexOf(first), 1);
    await balanced(['a', 101, 101]);
    await second.move('a', 1);
    await balanced(['a', 102, 102]);
    expect(stateOf(second, 'balances')).toBe('running');
  });

  it('refuses the start, and skips nothing, when its checkpoint does not match the log', async () => {
    const first = await start();
    await first.move('a', 1);
    await balanced(['a', 1, 1]);
    await first.stop();
    running.length = 0;
    await views.query('UPDATE checkpoint SET event_id = gen_random_uuid()');
    await expect(start()).rejects.toThrow('The checkpoint of "balances" does not match the log');
  });
});

describe('a start is refused', () => {
  class Unheard extends event('account.unheard-of')<{ accountId: string }>() {}

  @EventsHandler(Unheard)
  class HandlesUnheard {
    handle(): void {
      // never called
    }
  }

  @EventsHandler(MoneyMoved)
  @DurableHandler({ name: 'postman' })
  class Namesake {
    handle(): void {
      // never called
    }
  }

  it.each([
    [
      'for a handler of an event that is not registered',
      HandlesUnheard,
      /HandlesUnheard handles Unheard, which is not registered/,
    ],
    ['for two handlers of one name', Namesake, /Two event handlers have the name "postman"/],
  ])('%s', async (_case, provider, message) => {
    await expect(start({ others: [[provider]] })).rejects.toThrow(message);
  });
});

it('has no record of an event that was not delivered', () => {
  expect(() => recordOf(new MoneyMoved({ accountId: 'a', amount: 1 }))).toThrow(/was not delivered/);
});

async function stored(condition: string): Promise<[{ id: string }]> {
  const log = await new DataSource(databases.command).initialize();
  const rows: [{ id: string }] = await log.query(`SELECT id FROM event_log WHERE ${condition}`);
  await log.destroy();
  return rows;
}

async function forget(name: string): Promise<void> {
  const log = await new DataSource(databases.command).initialize();
  await log.query('DELETE FROM checkpoint WHERE name = $1', [name]);
  await log.destroy();
}
