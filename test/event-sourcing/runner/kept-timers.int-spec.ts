import { Injectable } from '@nestjs/common';
import { CommandHandler, ofType, Saga, type ICommandHandler } from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import { DataSource } from 'typeorm';
import {
  dueCommand,
  DurableCommandBus,
  DurableSaga,
  SubscriptionAdmin,
  type SubscriptionStatus,
} from '../../../src/event-sourcing/index.js';
import { accountEvents, MoneyMoved } from '../../bank/bank.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from '../../bank/bank-app.js';
import { eventually } from '../../support/eventually.js';

/** Looks after an account that nobody has used for a while. */
class LookAfter {
  constructor(readonly accountId: string) {}
}

const looked: string[] = [];
let failing = false;

@CommandHandler(LookAfter)
class LookAfterHandler implements ICommandHandler<LookAfter> {
  execute({ accountId }: LookAfter): Promise<void> {
    if (failing) return Promise.reject(new Error('Nobody is there.'));
    looked.push(accountId);
    return Promise.resolve();
  }
}

const HOUR = 60 * 60 * 1_000;
let idleMs = HOUR;

@Injectable()
class WhenIdleThenLookAfter {
  @Saga()
  @DurableSaga({ name: 'look-after', startAt: 'beginning' })
  whenIdleThenLookAfter = (events: Observable<object>): Observable<object> =>
    events.pipe(
      ofType(MoneyMoved),
      map(({ accountId }) =>
        dueCommand(new LookAfter(accountId), {
          at: new Date(Date.now() + idleMs),
          id: `idle ${accountId}`,
          keep: true,
        }),
      ),
    );
}

let databases: BankDatabases;
let log: DataSource;
let running: Bank[];

beforeEach(async () => {
  databases = await bankDatabases();
  log = await new DataSource(databases.command).initialize();
  running = [];
  looked.length = 0;
  failing = false;
  idleMs = HOUR;
});
afterEach(async () => {
  await Promise.all(running.map((bank) => bank.stop()));
  await log.destroy();
  await databases.drop();
});

async function start(): Promise<Bank> {
  const bank = await startBank(databases, {
    events: { ...accountEvents, commands: { 'account.look-after': LookAfter } },
    others: [[LookAfterHandler, WhenIdleThenLookAfter]],
    settings: { retry: { attempts: 1, firstPauseMs: 20 } },
  });
  running.push(bank);
  return bank;
}

async function stop(bank: Bank): Promise<void> {
  running.splice(running.indexOf(bank), 1);
  await bank.stop();
}

interface Timer {
  readonly id: string;
  readonly isParked: boolean;
}

const timers = (): Promise<Timer[]> =>
  log.query('SELECT id, due_at IS NULL AS "isParked" FROM durable_command ORDER BY id');
const isArmed = () => eventually('the timer to wait', timers, ({ length }) => length === 1);
const isGone = () => eventually('the timer to be gone', timers, ({ length }) => length === 0);

async function statusOf(bank: Bank): Promise<SubscriptionStatus> {
  const all = await bank.context.get(SubscriptionAdmin).statuses();
  const found = all.find(({ name }) => name === 'look-after');
  if (!found) throw new Error('There is no saga "look-after".');
  return found;
}

/** Resolves when the saga has taken in all events. */
const isCurrent = (bank: Bank) =>
  eventually(
    'the saga to be current',
    () => statusOf(bank),
    ({ lag }) => lag === 0,
  );

/** Moves money until the saga knows of the timer, and has taken an event in without writing. */
async function armed(bank: Bank): Promise<void> {
  await bank.move('ada', 1);
  await isArmed();
  await isCurrent(bank);
  await eventually(
    'the checkpoint to linger',
    async () => {
      await bank.move('ada', 1);
      const { position } = await isCurrent(bank);
      return position - (await checkpoint());
    },
    (behind) => behind > 0,
  );
}

async function checkpoint(): Promise<number> {
  const [row]: { position: number }[] = await log.query(
    `SELECT position::float8 FROM checkpoint WHERE name = 'look-after'`,
  );
  return row?.position ?? NaN;
}

/** Counts writes in the transactions that make them. */
async function countWrites(): Promise<() => Promise<{ moves: number; timers: number }>> {
  await log.query('CREATE TABLE written (what text NOT NULL)');
  await log.query(`
    CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO written VALUES (TG_ARGV[0]);
      RETURN NULL;
    END $$`);
  await log.query(`
    CREATE TRIGGER note_move AFTER UPDATE OF position ON checkpoint FOR EACH ROW WHEN (NEW.name = 'look-after')
    EXECUTE FUNCTION note_write('move')`);
  await log.query(`
    CREATE TRIGGER note_timer AFTER INSERT OR UPDATE OR DELETE ON durable_command FOR EACH ROW
    EXECUTE FUNCTION note_write('timer')`);
  return async () => {
    const [row]: [{ moves: number; timers: number }] = await log.query(
      `SELECT count(*) FILTER (WHERE what = 'move')::int AS moves,
              count(*) FILTER (WHERE what = 'timer')::int AS timers FROM written`,
    );
    return row;
  };
}

it('writes no timer and moves the checkpoint once a second while the timer of a hundred events waits', async () => {
  const bank = await start();
  const written = await countWrites();
  const begunAt = performance.now();
  for (let event = 0; event < 100; event += 1) {
    await bank.move('ada', 1);
    // Each event in a batch of its own: no write is spared because events come together.
    await isCurrent(bank);
  }
  const seconds = (performance.now() - begunAt) / 1_000;
  const { moves, timers: changes } = await written();
  expect(changes).toBe(1);
  // The first event stores the timer; the checkpoint may then be due at once.
  expect(moves).toBeLessThanOrEqual(2 + seconds);
});

it('shows the position up to which events were taken in, and writes it when it stops', async () => {
  const bank = await start();
  await armed(bank);
  const { position, head } = await isCurrent(bank);
  expect(position).toBe(head);
  await stop(bank);
  expect(await checkpoint()).toBe(head);
});

describe('the timer is set again by the next event', () => {
  it('when code has cancelled it', async () => {
    const bank = await start();
    await armed(bank);
    expect(await bank.context.get(DurableCommandBus).cancel('idle ada')).toBe(true);
    await bank.move('ada', 1);
    await isArmed();
  });

  it('when code has brought it forward, and it was run', async () => {
    const bank = await start();
    await armed(bank);
    await bank.context.get(DurableCommandBus).enqueue(new LookAfter('ada'), { id: 'idle ada' });
    await isGone();
    expect(looked).toEqual(['ada']);
    await bank.move('ada', 1);
    await isArmed();
  });

  it('when an operator has dropped it', async () => {
    const bank = await start();
    await armed(bank);
    failing = true;
    await log.query('UPDATE durable_command SET due_at = now()');
    await eventually('the timer to be parked', timers, ([timer]) => timer?.isParked ?? false);
    await bank.move('ada', 1);
    await isCurrent(bank);
    const admin = bank.context.get(SubscriptionAdmin);
    const [item] = (await admin.parked('look-after'))?.items ?? [];
    expect(await admin.drop('look-after', item?.id ?? '')).toBe(true);
    await bank.move('ada', 1);
    await isArmed();
  });

  it('when an operator has parked it, and retried it', async () => {
    const bank = await start();
    await armed(bank);
    failing = true;
    await log.query('UPDATE durable_command SET due_at = now()');
    await eventually('the timer to be parked', timers, ([timer]) => timer?.isParked ?? false);
    failing = false;
    const admin = bank.context.get(SubscriptionAdmin);
    const [item] = (await admin.parked('look-after'))?.items ?? [];
    expect(await admin.retry('look-after', item?.id ?? '')).toBe(true);
    await isGone();
    await bank.move('ada', 1);
    await isArmed();
  });

  it('when an operator has deleted it by a statement', async () => {
    const bank = await start();
    await armed(bank);
    await log.query('DELETE FROM durable_command');
    await bank.move('ada', 1);
    await isArmed();
  });

  it('when an operator has deleted many by a statement, which raises the epoch of the saga once', async () => {
    const bank = await start();
    await armed(bank);
    for (const name of ['bob', 'cleo', 'dan']) await bank.move(name, 1);
    await eventually('all timers to wait', timers, ({ length }) => length === 4);
    const epoch = async () => {
      const rows = await log.query<{ epoch: string }[]>(
        `SELECT epoch FROM checkpoint WHERE name = 'look-after'`,
      );
      return Number(rows[0]?.epoch);
    };
    // Stopped, so that nobody else raises it meanwhile.
    await stop(bank);
    const before = await epoch();
    await log.query('DELETE FROM durable_command');
    expect(await epoch()).toBe(before + 1);
    await (await start()).move('ada', 1);
    await isArmed();
  });

  it.each([
    ['another process', (other: Bank) => other.context.get(DurableCommandBus).cancel('idle ada')],
    ['a process of the release before', () => log.query(`SELECT store_commands('[]', '{idle ada}')`)],
    [
      'the saga itself in a process of the release before',
      () =>
        log.query(
          `WITH moved AS (UPDATE checkpoint SET updated_at = now() WHERE name = 'look-after' RETURNING name)
           SELECT store_commands('[]', '{idle ada}') FROM moved`,
        ),
    ],
  ])('when %s has cancelled it', async (_who, cancel) => {
    const bank = await start();
    await armed(bank);
    const other = await start();
    await cancel(other);
    expect(await timers()).toEqual([]);
    await other.move('ada', 1);
    await isArmed();
  });

  it('when it was cancelled while another process had taken the saga over', async () => {
    const first = await start();
    await armed(first);
    await log.query(
      `UPDATE checkpoint SET holder = gen_random_uuid(), member = gen_random_uuid(), epoch = epoch + 1,
              leased_until = now() + interval '1 second' WHERE name = 'look-after'`,
    );
    await log.query(`SELECT store_commands('[]', '{idle ada}')`);
    await first.move('ada', 1);
    await isArmed();
    const second = await start();
    await stop(first);
    await armed(second);
    await second.context.get(DurableCommandBus).cancel('idle ada');
    await second.move('ada', 1);
    await isArmed();
  });

  it('when it was run at its time', async () => {
    idleMs = 6_500;
    const bank = await start();
    await armed(bank);
    await isGone();
    expect(looked).toEqual(['ada']);
    await bank.move('ada', 1);
    await isArmed();
  });
});

it('locks nobody out while code cancels the timers that a saga sets', async () => {
  const bank = await start();
  const other = await start();
  const buses = [bank, other].map(({ context }) => context.get(DurableCommandBus));
  const accounts = Array.from({ length: 10 }, (_, index) => `a${index}`);
  const shop = async (accountId: string) => {
    for (let round = 0; round < 20; round += 1) {
      await bank.move(accountId, 1);
      await Promise.all(buses.map((bus) => bus.cancel(`idle ${accountId}`)));
    }
    await bank.move(accountId, 1);
  };
  await Promise.all(accounts.map(shop));
  await eventually('all timers to wait', timers, ({ length }) => length === accounts.length);
  // A session counts its deadlocks at the latest when it ends.
  await Promise.all([bank, other].map(stop));
  const [row]: [{ deadlocks: number }] = await log.query(
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(row.deadlocks).toBe(0);
});
