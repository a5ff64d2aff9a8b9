import { CommandBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { DurableCommandBus, withMessageContext } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from './bank-app.js';
import { MoveForTransferHandler, Transfer, transferDefinitions, transferProviders } from './transfer.js';

let databases: BankDatabases;
let log: DataSource;
let running: Bank[];

beforeEach(async () => {
  databases = await bankDatabases();
  log = await new DataSource(databases.command).initialize();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((bank) => bank.stop()));
  await log.destroy();
  await databases.drop();
});

async function start(): Promise<Bank> {
  const bank = await startBank(databases, {
    events: transferDefinitions,
    others: [transferProviders],
    settings: { retry: { attempts: 3, firstPauseMs: 20 } },
  });
  running.push(bank);
  return bank;
}

async function stop(bank: Bank): Promise<void> {
  running.splice(running.indexOf(bank), 1);
  await bank.stop();
}

async function request(
  bank: Bank,
  transferId: string,
  amount: number,
  from = 'ada',
  to = 'bob',
): Promise<void> {
  await bank.context.get(CommandBus).execute(new Transfer({ transferId, from, to, amount }));
}

const legsOf = (bank: Bank): MoveForTransferHandler => bank.context.get(MoveForTransferHandler);

/** Types of the events of a transfer, in order. */
async function story(transferId: string): Promise<string[]> {
  const rows: { type: string }[] = await log.query(
    'SELECT type FROM event_log WHERE stream = $1 ORDER BY version',
    [`transfer-${transferId}`],
  );
  return rows.map(({ type }) => type.replace('transfer.', ''));
}

async function tells(transferId: string, ...expected: string[]): Promise<void> {
  await eventually(
    `transfer ${transferId} to be ${expected.join(', ')}`,
    () => story(transferId),
    (found) => found.length >= expected.length,
  );
  expect(await story(transferId)).toEqual(expected);
}

async function balanceOf(accountId: string): Promise<number> {
  const [row]: { balance: number }[] = await log.query(
    `SELECT coalesce(sum((data->>'amount')::int), 0)::int AS balance FROM event_log
      WHERE stream = $1 AND type = 'account.money-moved'`,
    [`account-${accountId}`],
  );
  return row?.balance ?? NaN;
}

async function commandsLeft(): Promise<{ id: string; attempts: number; parked: boolean; ready: boolean }[]> {
  return log.query(
    'SELECT id, attempts, due_at IS NULL AS parked, ready FROM durable_command ORDER BY sequence',
  );
}

const nothingLeft = (): Promise<unknown> =>
  eventually('all commands to be run', commandsLeft, ({ length }) => length === 0);

describe('a transfer that a saga sees through', () => {
  it('takes the money from one account and brings it to the other', async () => {
    const bank = await start();
    await bank.move('ada', 10);
    await bank.move('bob', 1);
    await request(bank, 't1', 4);
    await tells('t1', 'requested', 'withdrawn', 'completed');
    expect([await balanceOf('ada'), await balanceOf('bob')]).toEqual([6, 5]);
    await nothingLeft();
    expect(legsOf(bank).calls).toEqual(['t1 out', 't1 in']);
  });

  it('takes nothing if the balance is too low', async () => {
    const bank = await start();
    await bank.move('ada', 3);
    await request(bank, 't1', 4);
    await tells('t1', 'requested', 'refused');
    expect(await balanceOf('ada')).toBe(3);
  });

  it('returns the money if the other account does not take it', async () => {
    const bank = await start();
    await bank.move('ada', 10);
    await request(bank, 't1', 4, 'ada', 'nobody');
    await tells('t1', 'requested', 'withdrawn', 'refused', 'refunded');
    expect([await balanceOf('ada'), await balanceOf('nobody')]).toEqual([10, 0]);
  });

  it('passes correlation and actor to the last event; each event is caused by the one before', async () => {
    const bank = await start();
    await bank.move('ada', 10);
    await bank.move('bob', 1);
    const actor = { type: 'customer', id: 'ada' };
    await withMessageContext({ correlationId: 'request-1', causationId: 'request-1', actor }, () =>
      request(bank, 't1', 4),
    );
    await tells('t1', 'requested', 'withdrawn', 'completed');
    const rows: { id: string; metadata: { causationId: string } }[] = await log.query(
      `SELECT id, metadata FROM event_log WHERE stream = 'transfer-t1' ORDER BY version`,
    );
    const [requested, withdrawn] = rows;
    expect(rows.map(({ metadata }) => metadata)).toMatchObject([
      { correlationId: 'request-1', actor, causationId: 'request-1' },
      { correlationId: 'request-1', actor, causationId: requested?.id },
      { correlationId: 'request-1', actor, causationId: withdrawn?.id },
    ]);
  });
});

describe('the commands of a saga', () => {
  it('each take effect once while processes come and go and connections are cut', async () => {
    let bank = await start();
    await bank.move('ada', 100);
    await bank.move('bob', 1);
    const ids = Array.from({ length: 30 }, (_, index) => `t${index}`);
    for (const [index, id] of ids.entries()) {
      await request(bank, id, 1);
      if (index % 10 !== 9) continue;
      // In the middle: the last one's money is on its way.
      await eventually(
        'a transfer to be under way',
        () => Promise.resolve(legsOf(bank).calls),
        ({ length }) => length > 0,
      );
      await log.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
      );
      await stop(bank);
      bank = await start();
    }
    for (const id of ids) await tells(id, 'requested', 'withdrawn', 'completed');
    await nothingLeft();
    expect([await balanceOf('ada'), await balanceOf('bob')]).toEqual([70, 31]);
  });

  it('go on in another process when one hangs, whose later writes have no effect', async () => {
    const first = await start();
    await first.move('ada', 10);
    await first.move('bob', 1);
    const gate = new Gate();
    legsOf(first).before = ({ leg }) => (leg === 'in' ? gate.opened : undefined);
    await request(first, 't1', 4);
    await eventually(
      'the second leg to hang',
      () => Promise.resolve(legsOf(first).calls),
      (calls) => calls.includes('t1 in'),
    );
    const second = await start();
    // The first renews its lease each second: whoever comes first after this may be itself again.
    await eventually(
      'the other process to take it over',
      async () => {
        await log.query(`UPDATE durable_command SET leased_until = now() - interval '1 hour'`);
        return legsOf(second).calls;
      },
      (calls) => calls.includes('t1 in'),
    );
    await tells('t1', 'requested', 'withdrawn', 'completed');
    gate.open();
    await stop(first);
    await nothingLeft();
    expect(await story('t1')).toEqual(['requested', 'withdrawn', 'completed']);
    expect([await balanceOf('ada'), await balanceOf('bob')]).toEqual([6, 5]);
  });

  it('are retried until they succeed', async () => {
    const bank = await start();
    await bank.move('ada', 10);
    await bank.move('bob', 1);
    let failures = 2;
    legsOf(bank).before = () => {
      failures -= 1;
      if (failures >= 0) throw new Error('The vault is locked.');
    };
    await request(bank, 't1', 4);
    await tells('t1', 'requested', 'withdrawn', 'completed');
    expect(legsOf(bank).calls).toEqual(['t1 out', 't1 out', 't1 out', 't1 in']);
  });

  it('are parked after the last attempt; those of the same stream wait, other streams go on', async () => {
    const bank = await start();
    await bank.move('ada', 10);
    await bank.move('bob', 1);
    legsOf(bank).before = ({ parties }) => {
      if (parties.transferId === 'bad') throw new Error('The vault is locked.');
    };
    await request(bank, 'bad', 4);
    await eventually('the first leg to be parked', commandsLeft, ([row]) => row?.parked === true);
    // The same stream once more; its command queues up behind.
    await bank.context
      .get(DurableCommandBus)
      .enqueue(new Transfer({ transferId: 'bad', from: 'ada', to: 'bob', amount: 1 }));
    // Two rows alone are no sign of that: the first of them may be the command that has just been stored.
    await eventually('the second to wait behind', commandsLeft, (all) => all.at(-1)?.ready === false);
    await request(bank, 'good', 4);
    await tells('good', 'requested', 'withdrawn', 'completed');
    await eventually('only those two to be left', commandsLeft, ({ length }) => length === 2);
    expect(await commandsLeft()).toMatchObject([
      { attempts: 3, parked: true, ready: true },
      { attempts: 0, parked: false, ready: false },
    ]);
    expect(legsOf(bank).calls.filter((call) => call.startsWith('bad'))).toHaveLength(3);
  });
});
