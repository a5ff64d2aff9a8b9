import { Logger, Module } from '@nestjs/common';
import { CommandHandler, EventsHandler } from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import {
  DurableCommandBus,
  DurableCqrsModule,
  DurableHandler,
  EventStore,
} from '../../../src/event-sourcing/index.js';
import { eventually } from '../../support/eventually.js';
import { Deposited } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { DEFINITIONS, startShop, VIEWS } from '../support/shop-app.js';
import { deposit } from '../support/stores.js';

class Break {
  readonly amount = 1;
}

@CommandHandler(Break)
class BreakHandler {
  execute(): never {
    throw new Error('The command is broken.');
  }
}

@EventsHandler(Deposited)
@DurableHandler({ name: 'broken', startAt: 'beginning' })
class Broken {
  handle(): never {
    throw new Error('The handler is broken.');
  }
}

@Module({})
class Others {}

const WAYS = {
  throws: () => {
    throw new Error('The publisher is broken.');
  },
  rejects: () => Promise.reject(new Error('The publisher is broken.')),
};

describe.each(Object.entries(WAYS))('an unhandledExceptionPublisher that %s', (_, publish) => {
  let database: LogDatabase;
  let app: TestingModule;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await LogDatabase.create();
    const { commands, ...rest } = DEFINITIONS;
    app = await startShop(
      DurableCqrsModule.forRoot({
        ...{ url: database.url, ...VIEWS, ...rest },
        commands: { ...commands, 'shop.break': Break },
        retry: { attempts: 2, firstPauseMs: 1 },
        unhandledExceptionPublisher: { publish },
      }),
      { module: Others, providers: [Broken, BreakHandler] },
    );
  });
  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  it('does not keep failed events and commands from being parked', async () => {
    await app.get(EventStore).transact((tx) => deposit(tx, '1'));
    await app.get(DurableCommandBus).enqueue(new Break());
    const parked = await eventually(
      'both to be parked',
      () =>
        database.query<{ attempts: number }>(
          `SELECT attempts FROM parked_event WHERE retry_at IS NULL AND attempts = 2
            UNION ALL SELECT attempts FROM durable_command WHERE due_at IS NULL`,
        ),
      ({ length }) => length === 2,
    );
    expect(parked).toEqual([{ attempts: 2 }, { attempts: 2 }]);
  });
});
