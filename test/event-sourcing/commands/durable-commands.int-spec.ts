import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { DurableCommandBus, EventStore, newId } from '../../../src/event-sourcing/index.js';
import { DurableCommands } from '../../../src/event-sourcing/commands/durable-commands.js';
import { account, accountEvents, MoneyMoved } from '../../bank/bank.js';
import { bankDatabases, startBank, type Bank, type BankDatabases } from '../../bank/bank-app.js';
import { eventually } from '../../support/eventually.js';
import { Gate } from '../../support/gate.js';
import { LossyProxy } from '../support/lossy-proxy.js';

class Pay {
  constructor(
    readonly accountId: string,
    readonly amount: number,
  ) {}
}

class Unlisted {
  readonly amount = 1;
}

/** Pays, and before or after that does what the test says. */
@CommandHandler(Pay)
class PayHandler implements ICommandHandler<Pay> {
  readonly calls: Pay[] = [];
  before: (command: Pay) => Promise<unknown> | undefined = () => undefined;
  after: (command: Pay) => Promise<unknown> | undefined = () => undefined;

  constructor(private readonly store: EventStore) {}

  async execute(command: Pay): Promise<void> {
    const { accountId, amount } = command;
    this.calls.push(command);
    await this.before(command);
    await this.store.transact((tx) => {
      tx.load(account, accountId);
      tx.append(account, accountId, [new MoneyMoved({ accountId, amount })]);
    });
    await this.after(command);
  }
}

const HOUR = 60 * 60 * 1_000;
const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR);

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

async function start(on = databases): Promise<Bank> {
  const bank = await startBank(on, {
    events: { ...accountEvents, commands: { 'account.pay': Pay } },
    others: [[PayHandler]],
    settings: { retry: { attempts: 3, firstPauseMs: 20 } },
  });
  running.push(bank);
  return bank;
}

const bus = (bank: Bank): DurableCommandBus => bank.context.get(DurableCommandBus);
const handlerOf = (bank: Bank): PayHandler => bank.context.get(PayHandler);

async function payments(): Promise<number[]> {
  const rows: { amount: number }[] = await log.query(
    `SELECT (data->>'amount')::int AS amount FROM event_log WHERE type = 'account.money-moved' ORDER BY position`,
  );
  return rows.map(({ amount }) => amount);
}

async function left(): Promise<{ id: string; dueAt: Date; data: { amount: number } }[]> {
  return log.query('SELECT id, due_at AS "dueAt", data FROM durable_command ORDER BY id');
}

const allRun = (): Promise<unknown> =>
  eventually('all commands to be run', left, ({ length }) => length === 0);

const makeDue = (): Promise<unknown> => log.query('UPDATE durable_command SET due_at = now()');

describe('a stored command', () => {
  it('is run at once', async () => {
    const bank = await start();
    await bus(bank).enqueue(new Pay('a', 1));
    await allRun();
    expect(await payments()).toEqual([1]);
    expect(handlerOf(bank).calls[0]).toBeInstanceOf(Pay);
  });

  it('is run at its time and not before', async () => {
    const bank = await start();
    const runAt = new Date(Date.now() + 700);
    await bus(bank).enqueue(new Pay('a', 1), { runAt });
    await allRun();
    const [row]: { at: Date }[] = await log.query('SELECT min(occurred_at) AS at FROM event_log');
    expect(row?.at.getTime()).toBeGreaterThanOrEqual(runAt.getTime());
    expect(await payments()).toEqual([1]);
  });

  it('is run by the next process when this one ends first', async () => {
    const first = await start();
    await bus(first).enqueue(new Pay('a', 1), { runAt: inHours(1) });
    await first.stop();
    running = [];
    await makeDue();
    await start();
    await allRun();
    expect(await payments()).toEqual([1]);
  });

  it('is not run when it was cancelled', async () => {
    const bank = await start();
    const id = await bus(bank).enqueue(new Pay('a', 1), { runAt: inHours(1) });
    expect(await bus(bank).cancel(id)).toBe(true);
    expect(await left()).toEqual([]);
    expect(await bus(bank).cancel(id)).toBe(false);
  });

  it('takes the place of one of the same id, and is run once', async () => {
    const bank = await start();
    await bus(bank).enqueue(new Pay('a', 1), { id: 'timer', runAt: inHours(1) });
    const runAt = inHours(2);
    await bus(bank).enqueue(new Pay('a', 2), { id: 'timer', runAt });
    expect(await left()).toEqual([{ id: 'timer', dueAt: runAt, data: { accountId: 'a', amount: 2 } }]);
    await makeDue();
    await allRun();
    expect(await payments()).toEqual([2]);
  });

  it('is refused when its class has no stable name', async () => {
    const bank = await start();
    await expect(bus(bank).enqueue(new Unlisted())).rejects.toThrow('Unlisted has no stable name');
    expect(await left()).toEqual([]);
  });
});

describe('a command that stores commands', () => {
  it.each([
    ['before its own effect', 'before'],
    ['after it', 'after'],
  ] as const)('may put itself there anew under its id, %s, and is run again', async (_when, moment) => {
    const bank = await start();
    handlerOf(bank)[moment] = ({ amount }) =>
      amount < 3 ? bus(bank).enqueue(new Pay('a', amount + 1), { id: 'timer' }) : undefined;
    await bus(bank).enqueue(new Pay('a', 1), { id: 'timer' });
    await eventually('three payments', payments, ({ length }) => length === 3);
    await allRun();
    expect(await payments()).toEqual([1, 2, 3]);
  });

  it('may store others without an id, before its own effect', async () => {
    const bank = await start();
    handlerOf(bank).before = ({ amount }) =>
      amount < 3 ? bus(bank).enqueue(new Pay('a', amount + 1), { runAt: inHours(1) }) : undefined;
    await bus(bank).enqueue(new Pay('a', 1));
    await eventually('one payment', payments, ({ length }) => length === 1);
    expect((await eventually('one to be left', left, ({ length }) => length === 1))[0]?.data.amount).toBe(2);
  });
});

describe('a command that is run twice', () => {
  it('takes effect once', async () => {
    const bank = await start();
    await bus(bank).enqueue(new Pay('a', 1), { runAt: inHours(1) });
    await log.query('CREATE TABLE saved AS SELECT * FROM durable_command');
    await makeDue();
    await allRun();
    // As after a crash between its effect and its removal.
    await log.query('UPDATE saved SET due_at = now()');
    await log.query('INSERT INTO durable_command OVERRIDING SYSTEM VALUE SELECT * FROM saved');
    await eventually(
      'a second call',
      () => Promise.resolve(handlerOf(bank).calls),
      ({ length }) => length === 2,
    );
    await allRun();
    expect(await payments()).toEqual([1]);
  });

  it('takes effect once when the lease of a process that hangs was lost to another one', async () => {
    const first = await start();
    const gate = new Gate();
    handlerOf(first).before = () => gate.opened;
    await bus(first).enqueue(new Pay('a', 1));
    await eventually(
      'the first to hang',
      () => Promise.resolve(handlerOf(first).calls),
      ({ length }) => length === 1,
    );
    const second = await start();
    await eventually(
      'the second to run it',
      async () => {
        await log.query(`UPDATE durable_command SET leased_until = now() - interval '1 hour'`);
        return payments();
      },
      ({ length }) => length === 1,
    );
    gate.open();
    await first.stop();
    running = [second];
    await allRun();
    expect(await payments()).toEqual([1]);
  });
});

it('runs a command whose claim was answered to nobody, though its process is busy with others', async () => {
  const proxy = await LossyProxy.before(databases.command.url);
  const bank = await start({ ...databases, command: { ...databases.command, url: proxy.url } });
  const gate = new Gate();
  handlerOf(bank).before = ({ amount }) => (amount === 1 ? gate.opened : undefined);
  await bus(bank).enqueue(new Pay('a', 1));
  await eventually(
    'the first to hang',
    () => Promise.resolve(handlerOf(bank).calls),
    ({ length }) => length === 1,
  );
  await log.query(
    `INSERT INTO durable_command (id, run_id, source, type, data, metadata, ready, due_at)
     SELECT 'lost', $1, source, type, '{"accountId": "b", "amount": 2}', metadata, true, now() + interval '1 hour' FROM durable_command`,
    [newId()],
  );
  const swallowed = proxy.swallowAnswerTo('claim commands');
  await log.query(`UPDATE durable_command SET due_at = now() WHERE id = 'lost'`);
  await swallowed;
  await eventually('the second to be run', payments, ({ length }) => length === 1);
  gate.open();
  await allRun();
  expect(await payments()).toEqual([2, 1]);
  await bank.stop();
  running = [];
  await proxy.close();
});

it('runs ten thousand that are due at once, each of them once', async () => {
  const bank = await start();
  const total = 10_000;
  const commands = Array.from({ length: total }, (_, index) => ({
    id: `timer ${index}`,
    runId: newId(),
    source: 'commands',
    queue: null,
    type: 'account.pay',
    data: new Pay(`a${index}`, index),
    metadata: { correlationId: 'c', causationId: 'c', actor: { type: 'system', id: null } },
    dueAt: inHours(1),
    keep: false,
  }));
  await bank.context.get(DurableCommands).store(commands);
  const begunAt = performance.now();
  await makeDue();
  for (let before = total; before > 0;) {
    const now = await eventually(
      'more of them to be run',
      left,
      ({ length }) => length < before || length === 0,
    );
    before = now.length;
  }
  process.stdout.write(
    `10,000 commands due at once were run in ${Math.round(performance.now() - begunAt)} ms\n`,
  );
  expect((await payments()).sort((a, b) => a - b)).toEqual(commands.map((_, index) => index));
  // As long as there is progress: a busy machine takes longer.
}, 300_000);
