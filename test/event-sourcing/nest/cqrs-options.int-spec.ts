import { Logger, Module } from '@nestjs/common';
import { CommandBus, EventsHandler, QueryBus, QueryHandler } from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import { DurableCqrsModule } from '../../../src/event-sourcing/index.js';
import { eventually } from '../../support/eventually.js';
import { Deposited } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { DEFINITIONS, DepositOne, startShop, VIEWS } from '../support/shop-app.js';

class CountAccounts {
  readonly currency = 'EUR';
}

@QueryHandler(CountAccounts)
class CountAccountsHandler {
  async execute(): Promise<number> {
    return Promise.resolve(0);
  }
}

@EventsHandler(Deposited)
class Broken {
  handle(): never {
    throw new Error('It is broken.');
  }
}

@Module({})
class Others {}

let database: LogDatabase;
let app: TestingModule;
const published: Record<string, unknown[]> = {};
const publisher = (name: string) => ({
  publish: (message: unknown) => void (published[name] ??= []).push(message),
});

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await LogDatabase.create();
  app = await startShop(
    DurableCqrsModule.forRoot({
      url: database.url,
      ...VIEWS,
      ...DEFINITIONS,
      retry: { attempts: 1, firstPauseMs: 1 },
      commandPublisher: publisher('commands'),
      queryPublisher: publisher('queries'),
      unhandledExceptionPublisher: publisher('exceptions'),
    }),
    { module: Others, providers: [CountAccountsHandler, Broken] },
  );
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

describe('an option of CqrsModule that DurableCqrsModule takes', () => {
  it('is "commandPublisher", which gets every command', async () => {
    await app.get(CommandBus).execute(new DepositOne('1'));
    expect(published['commands']).toEqual([new DepositOne('1')]);
  });

  it('is "queryPublisher", which gets every query', async () => {
    await app.get(QueryBus).execute(new CountAccounts());
    expect(published['queries']).toEqual([new CountAccounts()]);
  });

  it('is "unhandledExceptionPublisher", which gets the failures of handlers', async () => {
    const failures = await eventually(
      'the failure',
      () => Promise.resolve(published['exceptions'] ?? []),
      ({ length }) => length > 0,
    );
    expect(failures[0]).toMatchObject({ exception: { message: 'It is broken.' } });
  });
});
