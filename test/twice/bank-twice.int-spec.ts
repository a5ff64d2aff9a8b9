import { CommandBus } from '@nestjs/cqrs';
import { EventLog, SubscriptionRunner } from '../../src/event-sourcing/index.js';
import { bankDatabases, startBank, type BankDatabases } from '../bank/bank-app.js';
import {
  MoveForTransferHandler,
  Transfer,
  transferDefinitions,
  transferProviders,
} from '../bank/transfer.js';
import { classesThatHear, quiet, rowsOfViews } from './service-app.js';
import { Twice } from './twice.js';

const ACCOUNTS = ['ada', 'bob', 'cleo', 'dan'];
const RICH = 1_000;

let opened: BankDatabases[];
beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((databases) => databases.drop()));
});

/** What becomes of a day at the bank: movements, transfers that succeed, and some that are refused by either side. */
async function day() {
  const databases = await bankDatabases();
  opened.push(databases);
  const bank = await startBank(databases, { events: transferDefinitions, others: [transferProviders] });
  try {
    for (const [index, name] of ACCOUNTS.entries()) await bank.move(name, RICH + index);
    const wishes = ACCOUNTS.flatMap((from, index) =>
      [...ACCOUNTS.slice(0, index), 'nobody'].map((to) => ({ from, to, amount: index + 1 })),
    );
    wishes.push({ from: 'pauper', to: 'ada', amount: 1 });
    const commands = bank.context.get(CommandBus);
    await Promise.all(
      wishes.map((wish, index) => commands.execute(new Transfer({ transferId: `t${index}`, ...wish }))),
    );
    await quiet(bank.context);
    const { rows: events } = await bank.context
      .get(EventLog)
      .query<{ stream: string }>('SELECT stream, version, type, data FROM event_log ORDER BY 1, 2', []);
    const { rows: left } = await bank.context.get(EventLog).query('SELECT id FROM durable_command', []);
    const { subscriptions } = bank.context.get(SubscriptionRunner);
    return {
      left,
      transfers: events.filter(({ stream }) => stream.startsWith('transfer-')),
      views: await rowsOfViews(databases.query.url),
      letters: bank.postman.letters.map(({ accountId, version }) => `${accountId} ${version}`),
      legs: bank.context.get(MoveForTransferHandler, { strict: false }).calls,
      names: subscriptions.map(({ options }) => options.name),
      classes: classesThatHear(bank.context),
    };
  } finally {
    await bank.stop();
  }
}

it('the bank ends in the same state when every handler and saga gets every event twice', async () => {
  const once = await day();
  const twice = new Twice();
  const lived = await day().finally(() => {
    twice.end();
  });

  expect(lived.names).toHaveLength(lived.classes.length);
  for (const name of lived.names) {
    const counts = [...twice.deliveries]
      .filter(([key]) => key.startsWith(`${name} `))
      .map(([, count]) => count);
    expect([name, counts.length > 0, Math.min(...counts) >= 2]).toEqual([name, true, true]);
  }
  expect(twice.zombies).toEqual([]);

  expect(lived.left).toEqual([]);
  expect(lived.transfers).toEqual(once.transfers);
  expect(lived.views).toEqual(once.views);
  // A plain handler is called at least once for each event, and in the order of its stream: what it does outside is
  // its own to tell apart.
  expect(new Set(lived.letters)).toEqual(new Set(once.letters));
  expect(lived.letters.length).toBeGreaterThan(once.letters.length);
  expect(once.letters).toHaveLength(new Set(once.letters).size);
  // The handlers of commands ran twice as often, and each effect is there once.
  expect(lived.legs).toHaveLength(2 * once.legs.length);
});
