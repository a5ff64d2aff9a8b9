import { DataSource } from 'typeorm';
import { EventsHandler } from '@nestjs/cqrs';
import { DurableHandler, runCli, SubscriptionAdmin } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { MoneyMoved, accountEvents } from './bank.js';
import { bankDatabases, startBank, type Bank, type BankDatabases, type BankOptions } from './bank-app.js';
import { MoveForTransfer, MoveForTransferHandler } from './transfer.js';

@EventsHandler(MoneyMoved)
@DurableHandler({ name: 'auditor', startAt: 'beginning' })
class Auditor {
  readonly heard: number[] = [];

  handle({ amount }: MoneyMoved): void {
    this.heard.push(amount);
  }
}

@EventsHandler(MoneyMoved)
@DurableHandler({ name: 'revisor', startAt: 'beginning' })
class Revisor extends Auditor {}

let databases: BankDatabases;
let log: DataSource;
let views: DataSource;

beforeEach(async () => {
  databases = await bankDatabases();
  log = await new DataSource(databases.command).initialize();
  views = await new DataSource(databases.query).initialize();
});
afterEach(async () => {
  await log.destroy();
  await views.destroy();
  await databases.drop();
});

/** Lets one process run, and waits until its handlers have a checkpoint behind all events. */
async function runOnce(
  options: BankOptions = {},
  work: (bank: Bank) => Promise<unknown> = (bank) => bank.move('a', 5),
): Promise<void> {
  const bank = await startBank(databases, options);
  await work(bank);
  await eventually(
    'all handlers to be at the end',
    async () => {
      const [end]: { position: string }[] = await log.query(
        'SELECT max(position) AS position FROM event_log',
      );
      const ofHandlers: { position: string }[] = await log.query('SELECT position FROM checkpoint');
      const ofViews: { position: string }[] = await views.query('SELECT position FROM checkpoint');
      return [...ofHandlers, ...ofViews].map(({ position }) => position === end?.position);
    },
    (atEnd) => atEnd.length > 1 && atEnd.every(Boolean),
  );
  await bank.stop();
}

const withAuditor: BankOptions = { others: [[Auditor]] };
const withRevisor: BankOptions = { others: [[Revisor]] };

const strict = (options: BankOptions = {}): BankOptions => ({ ...options, settings: { strictStart: true } });

const statusOf = async (bank: Bank, name: string) =>
  (await bank.context.get(SubscriptionAdmin).statuses()).find((one) => one.name === name);

/** Runs the command line on the databases of the bank, as an operator does. */
async function cli(...parameters: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (shown: string): void => {
    text += shown;
  };
  const environment = {
    COMMAND_DATABASE_URL: databases.command.url,
    QUERY_DATABASE_URL: databases.query.url,
  };
  const code = await runCli(parameters, { environment, write, writeError: write });
  return { code, text };
}

const balances = (): Promise<unknown> => views.query('SELECT account_id, balance, movements FROM balances');

async function shows(balance: number, movements: number): Promise<void> {
  const expected = JSON.stringify([{ account_id: 'a', balance, movements }]);
  await eventually(`the view to show ${balance}`, balances, (rows) => JSON.stringify(rows) === expected);
}

describe('a strict start is refused', () => {
  it('when the log holds events that no class describes', async () => {
    await runOnce();
    await log.query(`INSERT INTO event_type VALUES ('account.frozen', 1)`);
    const again = await startBank(databases, strict());
    await again.stop();
    await log.query(
      `SELECT append_event('account-x', 1, gen_random_uuid(), 'account.frozen', 1, '{}', '{}', now(), '{}', '{}')`,
    );
    await expect(startBank(databases, strict())).rejects.toThrow(
      'The log holds "account.frozen" in schema version 1',
    );
  });

  it('when stored commands have a name that no class has', async () => {
    await runOnce();
    await log.query(
      `INSERT INTO durable_command (id, run_id, source, type, data, metadata, ready, due_at)
       VALUES ('x', gen_random_uuid(), 'commands', 'transfer.move', '{}', '{}', true, now() + interval '1 hour')`,
    );
    await expect(startBank(databases, strict())).rejects.toThrow(
      /There are stored commands "transfer.move".*DELETE FROM durable_command/,
    );
    const bank = await startBank(
      databases,
      strict({
        events: { ...accountEvents, commands: { 'transfer.move': MoveForTransfer } },
        others: [[MoveForTransferHandler]],
      }),
    );
    await bank.stop();
  });

  it('when a checkpoint has no handler, with a message that names the command to run', async () => {
    await runOnce(withAuditor);
    await expect(startBank(databases, strict())).rejects.toThrow(
      /command database has a checkpoint of "auditor".*durable-cqrs rename auditor .*durable-cqrs remove auditor/,
    );
  });
});

describe('any start is refused', () => {
  it('when a checkpoint belongs to another log', async () => {
    await runOnce();
    await views.query('UPDATE checkpoint SET log_id = gen_random_uuid()');
    await expect(startBank(databases)).rejects.toThrow(
      /The checkpoint of "balances" belongs to another event log\. .*durable-cqrs clear balances/,
    );
    expect((await cli('clear', 'balances')).code).toBe(0);
    await runOnce({}, (bank) => bank.move('a', 2));
    expect(await balances()).toEqual([{ account_id: 'a', balance: 7, movements: 2 }]);
  });
});

describe('a process of a version without a handler', () => {
  it('starts, works, and shows the handler as unattended while no process has it', async () => {
    await runOnce(withAuditor);
    const before = await startBank(databases);
    await before.move('a', 7);
    await eventually(
      '"auditor" to be unattended',
      () => statusOf(before, 'auditor'),
      (status) => status?.state === 'unattended' && status.lag > 0 && status.kind === 'handler',
    );
    const after = await startBank(databases, withAuditor);
    const auditor = after.context.get(Auditor, { strict: false });
    await eventually(
      'it to be told',
      () => Promise.resolve(auditor.heard),
      (heard) => heard.includes(7),
    );
    await eventually(
      '"auditor" to be running elsewhere',
      () => statusOf(before, 'auditor'),
      (status) => status?.state === 'running' && status.lag === 0,
    );
    await Promise.all([before.stop(), after.stop()]);
  });

  it('shows a handler as unattended in a process that runs none', async () => {
    await runOnce();
    const web = await startBank(databases, { settings: { runsHandlers: false, runsCommands: false } });
    await web.move('a', 1);
    expect((await statusOf(web, 'balances'))?.state).toBe('unattended');
    expect((await statusOf(web, 'commands'))?.state).toBe('unattended');
    expect(await log.query('SELECT FROM lease_member')).toEqual([]);
    const worker = await startBank(databases);
    for (const name of ['balances', 'postman', 'commands']) {
      await eventually(
        `"${name}" to be running`,
        () => statusOf(web, name),
        (status) => status?.state === 'running' && status.lag === 0,
      );
    }
    await Promise.all([web.stop(), worker.stop()]);
  });
});

describe('a handler of another name', () => {
  it('goes on from the checkpoint that was renamed for it', async () => {
    await runOnce(withAuditor);
    expect(await cli('rename', 'auditor', 'revisor')).toMatchObject({ code: 0 });
    let revisor: Revisor | undefined;
    await runOnce(withRevisor, async (bank) => {
      revisor = bank.context.get(Revisor);
      await bank.move('a', 7);
    });
    expect(revisor?.heard).toEqual([7]);
  });

  it('begins again after the other one was dropped', async () => {
    await runOnce(withAuditor);
    expect(await cli('remove', 'auditor')).toMatchObject({ code: 0 });
    let revisor: Revisor | undefined;
    await runOnce(withRevisor, async (bank) => {
      revisor = bank.context.get(Revisor);
      await bank.move('a', 7);
      await eventually(
        'all to be heard',
        () => Promise.resolve(revisor?.heard),
        (heard) => heard?.length === 2,
      );
    });
    expect(revisor?.heard).toEqual([5, 7]);
  });

  it('cannot get the name of a handler that has begun', async () => {
    await runOnce({ others: [[Auditor], [Revisor]] });
    expect(await cli('rename', 'auditor', 'revisor')).toEqual({
      code: 1,
      text: expect.stringContaining(
        '"auditor" cannot be renamed: "revisor" already has a checkpoint',
      ) as string,
    });
  });
});

describe('a projection whose checkpoint is gone', () => {
  it('does not fold history onto existing rows, and begins once they are cleared', async () => {
    await runOnce();
    expect(await balances()).toEqual([{ account_id: 'a', balance: 5, movements: 1 }]);
    await views.query(`DELETE FROM checkpoint WHERE name = 'balances'`);
    const bank = await startBank(databases);
    await bank.move('a', 1);
    await eventually(
      '"balances" to be stopped',
      () => statusOf(bank, 'balances'),
      (status) => status?.state === 'stopped' && status.lag > 0,
    );
    await eventually(
      'the others to go on',
      () => statusOf(bank, 'postman'),
      (status) => status?.state === 'running' && status.lag === 0,
    );
    expect(await balances()).toEqual([{ account_id: 'a', balance: 5, movements: 1 }]);
    expect((await cli('status')).text).toMatch(/^balances +projection +stopped +0 .*"balances"$/m);
    expect(await cli('clear', 'balances')).toMatchObject({
      code: 0,
      text: expect.stringContaining('1 rows') as string,
    });
    await shows(6, 2);
    await bank.stop();
  });

  it('goes on from its rows when the checkpoint of its former name is renamed', async () => {
    await runOnce();
    await views.query(`UPDATE checkpoint SET name = 'accounts' WHERE name = 'balances'`);
    const bank = await startBank(databases);
    await bank.move('a', 1);
    await eventually(
      '"balances" to be stopped',
      () => statusOf(bank, 'balances'),
      (status) => status?.state === 'stopped',
    );
    expect(await cli('rename', 'accounts', 'balances')).toMatchObject({ code: 0 });
    await shows(6, 2);
    await bank.stop();
  });
});

describe('the command line, while a process runs', () => {
  it('drops a projection with its rows, after which its former process can write no more', async () => {
    const bank = await startBank(databases);
    await bank.move('a', 5);
    await shows(5, 1);
    expect(await cli('remove', 'balances')).toEqual({
      code: 0,
      text: 'Removed "balances": its checkpoint, 1 rows, 0 parked events, 0 parked commands.\n',
    });
    await bank.move('a', 2);
    await eventually(
      'the others to go on',
      () => statusOf(bank, 'postman'),
      (status) => status?.lag === 0,
    );
    const other = await startBank(databases);
    await shows(7, 2);
    await Promise.all([bank.stop(), other.stop()]);
    expect(await balances()).toEqual([{ account_id: 'a', balance: 7, movements: 2 }]);
  });

  it('makes a projection begin again at once, in its process', async () => {
    const bank = await startBank(databases);
    await bank.move('a', 5);
    await shows(5, 1);
    await views.query('UPDATE balances SET balance = 99');
    expect((await cli('clear', 'balances')).code).toBe(0);
    await shows(5, 1);
    await bank.move('a', 2);
    await shows(7, 2);
    await bank.stop();
  });

  it('refuses with a reason and changes nothing', async () => {
    await runOnce(withAuditor);
    const before: unknown = await log.query('SELECT * FROM checkpoint ORDER BY name');
    expect(await cli('remove', 'nobody')).toEqual({
      code: 1,
      text: 'There is no checkpoint of "nobody".\n',
    });
    expect(await cli('clear', 'auditor')).toEqual({
      code: 1,
      text: '"auditor" is not a projection, so it has no rows to clear.\n',
    });
    for (const misuse of [
      [],
      ['remove'],
      ['rename', 'auditor'],
      ['status', 'auditor'],
      ['eat', 'auditor'],
      ['drop', 'auditor'],
    ]) {
      expect(await cli(...misuse)).toEqual({
        code: 2,
        text: expect.stringContaining('Run "npx durable-cqrs --help"') as string,
      });
    }
    expect(await log.query('SELECT * FROM checkpoint ORDER BY name')).toEqual(before);
  });

  it('drops the parked commands of a dropped saga, so that the commands behind them run', async () => {
    await runOnce(withAuditor);
    await log.query(
      `INSERT INTO durable_command (id, run_id, source, queue, type, data, metadata, ready, due_at)
       SELECT n::text, gen_random_uuid(), 'auditor', 'auditor account-a', 'x.y', '{}', '{}', n = 1, CASE n WHEN 2 THEN now() END
         FROM generate_series(1, 2) AS n`,
    );
    expect((await cli('rename', 'auditor', 'revisor')).code).toBe(0);
    expect(await log.query('SELECT DISTINCT source, queue FROM durable_command')).toEqual([
      { source: 'revisor', queue: 'revisor account-a' },
    ]);
    expect((await cli('remove', 'revisor')).text).toContain('1 parked commands');
    expect(await log.query('SELECT id, ready FROM durable_command')).toEqual([{ id: '2', ready: true }]);
  });
});
