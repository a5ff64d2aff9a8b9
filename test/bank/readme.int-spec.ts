import { readFile } from 'node:fs/promises';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import { DataSources, EventStore } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { Balance, BankModule, database, Deposit } from './bank-in-30-lines.js';
import { invoice, InvoiceSent, RemindersModule } from './reminders.js';

const README = 'src/event-sourcing/README.md';
const GUIDE = 'src/event-sourcing/docs/guide.md';

@Module({ imports: [BankModule, RemindersModule] })
class ApplicationModule {}

let application: INestApplicationContext;

beforeAll(async () => {
  application = await NestFactory.createApplicationContext(ApplicationModule, {
    logger: false,
    abortOnError: false,
  });
});
afterAll(async () => {
  await application.close();
  await database.drop();
});

describe('the examples of the package', () => {
  it.each([
    ['In 30 lines', README, 'test/bank/bank-in-30-lines.ts'],
    ['Sagas, commands, timers', GUIDE, 'test/bank/reminders.ts'],
  ])('"%s" of %s shows what %s says, which is compiled and run', async (heading, page, file) => {
    const [, shown] = /```ts\n(.*?)```/s.exec(await after(`## ${heading}\n`, page)) ?? [];
    expect(shown).toBe(await after(`// ${heading}\n`, file));
  });

  it('are all there are', async () => {
    const examplesIn = async (page: string) => (await readFile(page, 'utf8')).match(/^```ts$/gm);
    // The first one of the README is the module of the second one with the two options that every application has.
    expect(await examplesIn(README)).toHaveLength(2);
    expect(await examplesIn(GUIDE)).toHaveLength(1);
  });

  it('keep a balance', async () => {
    const commands = application.get(CommandBus);
    expect(await commands.execute(new Deposit('ada', 3))).toBe(3);
    expect(await commands.execute(new Deposit('ada', 4))).toBe(7);
    const { manager } = application.get(DataSources).query;
    await eventually(
      'the view',
      () => manager.find(Balance),
      (rows) => rows.some(({ balance }) => balance === 7),
    );
    expect(await manager.find(Balance)).toEqual([{ accountId: 'ada', balance: 7 }]);
  });

  it('remind when the time has come', async () => {
    const store = application.get(EventStore);
    await store.transact((tx) => {
      tx.create(invoice, 'i1');
      tx.append(invoice, 'i1', [new InvoiceSent({ invoiceId: 'i1', payableAt: new Date().toISOString() })]);
    });
    const reminders = (): Promise<number> => store.transact((tx) => tx.read(invoice, 'i1').state.reminders);
    await eventually('the reminder', reminders, (count) => count > 0);
    expect(await reminders()).toBe(1);
  });
});

/** @returns what follows a line that must be there once */
async function after(line: string, file: string): Promise<string> {
  const [, rest, ...more] = (await readFile(file, 'utf8')).split(`\n${line}`);
  if (rest === undefined || more.length > 0) throw new Error(`${file} has not one line ${line}`);
  return rest;
}
