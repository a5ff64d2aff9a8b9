import { DataSource } from 'typeorm';
import { EventsHandler } from '@nestjs/cqrs';
import { DurableHandler } from '../../src/event-sourcing/index.js';
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

describe('a start is refused', () => {
  it('when the log holds events that no class describes', async () => {
    await runOnce();
    await log.query(`INSERT INTO event_type VALUES ('account.frozen', 1)`);
    const again = await startBank(databases);
    await again.stop();
    await log.query(
      `SELECT append_event('account-x', 1, gen_random_uuid(), 'account.frozen', 1, '{}', '{}', now(), '{}', '{}')`,
    );
    await expect(startBank(databases)).rejects.toThrow('The log holds "account.frozen" in schema version 1');
  });

  it('when stored commands have a name that no class has', async () => {
    await runOnce();
    await log.query(
      `INSERT INTO durable_command (id, run_id, source, type, data, metadata, ready, due_at)
       VALUES ('x', gen_random_uuid(), 'commands', 'transfer.move', '{}', '{}', true, now() + interval '1 hour')`,
    );
    await expect(startBank(databases)).rejects.toThrow(
      /Stored commands are called "transfer.move".*DELETE FROM durable_command/,
    );
    const bank = await startBank(databases, {
      events: { ...accountEvents, commands: { 'transfer.move': MoveForTransfer } },
      others: [[MoveForTransferHandler]],
    });
    await bank.stop();
  });

  it('when a checkpoint has lost its handler, and tells the two ways out of it', async () => {
    await runOnce(withAuditor);
    await expect(startBank(databases)).rejects.toThrow(
      /command database has a checkpoint of "auditor".*rename_subscription\('auditor', .*drop_subscription\('auditor'\)/,
    );
  });

  it('when a checkpoint is of another log', async () => {
    await runOnce();
    await views.query('UPDATE checkpoint SET log_id = gen_random_uuid()');
    await expect(startBank(databases)).rejects.toThrow(
      'The checkpoint of "balances" belongs to another event log',
    );
  });
});

describe('a handler of another name', () => {
  it('goes on from the checkpoint that was renamed for it', async () => {
    await runOnce(withAuditor);
    await log.query(`SELECT rename_subscription('auditor', 'revisor')`);
    let revisor: Revisor | undefined;
    await runOnce(withRevisor, async (bank) => {
      revisor = bank.context.get(Revisor);
      await bank.move('a', 7);
    });
    expect(revisor?.heard).toEqual([7]);
  });

  it('begins anew where the other one was dropped', async () => {
    await runOnce(withAuditor);
    await log.query(`SELECT drop_subscription('auditor')`);
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
});
