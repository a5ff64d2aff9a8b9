import {
  Injectable,
  Logger,
  Module,
  Scope,
  type DynamicModule,
  type Provider,
  type Type,
} from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  UnhandledExceptionBus,
  type ICommandHandler,
  type UnhandledExceptionInfo,
} from '@nestjs/cqrs';
import type { TestingModule } from '@nestjs/testing';
import {
  currentMessageContext,
  DurableHandler,
  DurableCqrsModule,
  EventStore,
  Projection,
  recordOf,
  withMessageContext,
} from '../../../src/event-sourcing/index.js';
import { DurableEventBus } from '../../../src/event-sourcing/nest/durable-event-bus.js';
import { eventually } from '../../support/eventually.js';
import { account, Deposited, PriceSet, Unheard, Withdrawn } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { compileApp } from '../support/store-app.js';
import { Balance, BalanceProjection, CREATE_BALANCE } from '../support/views.js';

class Deposit {
  constructor(
    readonly id: string,
    readonly amount: number,
  ) {}
}

@CommandHandler(Deposit)
class DepositHandler implements ICommandHandler<Deposit> {
  constructor(private readonly store: EventStore) {}

  async execute({ id, amount }: Deposit): Promise<number> {
    return this.store.transact((tx) => {
      tx.load(account, id);
      return tx.append(account, id, [new Deposited({ amount })]).version;
    });
  }
}

class Unregistered {
  readonly amount = 1;
}

const heard: unknown[] = [];

@Injectable()
class Postman {
  deliver(letter: unknown): void {
    heard.push(letter);
  }
}

@EventsHandler(Deposited)
class Mailer {
  constructor(private readonly postman: Postman) {}

  async handle(event: Deposited): Promise<void> {
    await Promise.resolve();
    const context = currentMessageContext();
    this.postman.deliver({
      event,
      version: recordOf(event).version,
      correlationId: context?.correlationId,
      actor: context?.actor,
    });
  }
}

let database: LogDatabase;
let app: TestingModule | undefined;
beforeEach(async () => {
  Logger.overrideLogger(false);
  database = await LogDatabase.create();
  await database.query(CREATE_BALANCE);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await database.drop();
});

async function compile(
  providers: Provider[],
  imports: (Type | DynamicModule)[] = [],
): Promise<TestingModule> {
  app = await compileApp(database, {
    providers,
    definitions: { events: [Deposited, Withdrawn] },
    imports: [DurableCqrsModule.forFeature({ events: [PriceSet] }), ...imports],
  });
  return app;
}

async function refusal(providers: Provider[], imports: (Type | DynamicModule)[] = []): Promise<string> {
  const module = await compile(providers, imports);
  const error: unknown = await module.init().then(
    () => new Error('It has started.'),
    (reason: unknown) => reason,
  );
  // What was begun for the start is given up, so that the process can end.
  await eventually(
    'the connection that follows the log to be closed',
    () =>
      database.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'event-log follow' AND datname = current_database()`,
      ),
    (rows) => rows.length === 0,
  );
  return (error as Error).message;
}

describe('the durable event bus', () => {
  it('calls the handlers that Nest finds with the events that commands have stored', async () => {
    const module = await compile([DepositHandler, Postman, Mailer, BalanceProjection]);
    await module.init();
    const actor = { type: 'customer', id: 'c-1' };
    const version = await withMessageContext({ correlationId: 'r-1', causationId: 'r-1', actor }, () =>
      module.get(CommandBus).execute<Deposit, number>(new Deposit('1', 7)),
    );
    expect(version).toBe(1);
    await eventually(
      'the mail',
      () => Promise.resolve(heard),
      (letters) => letters.length > 0,
    );
    expect(heard).toEqual([{ event: new Deposited({ amount: 7 }), version: 1, correlationId: 'r-1', actor }]);
    await eventually(
      'the view',
      () => database.query('SELECT * FROM balance'),
      (rows) => rows.length > 0,
    );
    expect(await database.query('SELECT * FROM balance')).toEqual([
      { account: 'account-1', amount: 7, movements: 1 },
    ]);
  });

  it('replaces the event bus', async () => {
    const module = await compile([]);
    await module.init();
    expect(module.get(EventBus)).toBeInstanceOf(DurableEventBus);
  });

  it('reports an event that it could not store, although nobody awaits publish', async () => {
    const module = await compile([]);
    await module.init();
    const infos: UnhandledExceptionInfo[] = [];
    module.get<UnhandledExceptionBus>(UnhandledExceptionBus).subscribe((info) => infos.push(info));
    const event = new Unregistered();
    module.get(EventBus).publish(event);
    await eventually(
      'the failed event',
      () => Promise.resolve(infos),
      ([info]) => info !== undefined,
    );
    expect(infos).toEqual([{ cause: event, exception: expect.any(Error) as unknown }]);
    await expect(module.get(EventBus).publish(event)).rejects.toThrow();
  });

  it('ends its handlers before the databases are closed', async () => {
    const module = await compile([BalanceProjection, Mailer, Postman, DepositHandler]);
    await module.init();
    await module.get(CommandBus).execute(new Deposit('2', 1));
    await module.close();
    app = undefined;
    await eventually(
      'all connections to be closed',
      () =>
        database.query(
          `SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'test'`,
        ),
      (left) => left.length === 0,
    );
  });
});

describe('the start is refused', () => {
  @EventsHandler(Unheard)
  class Deaf {
    handle(): void {
      heard.push('never');
    }
  }

  @EventsHandler(Deposited)
  @DurableHandler({ name: 'Mailer' })
  class OtherMailer extends Deaf {}

  @EventsHandler(Deposited)
  @Projection({ name: 'balances', view: Balance })
  @Injectable({ scope: Scope.REQUEST })
  class Fleeting extends BalanceProjection {}

  @Module({ providers: [Postman, Mailer] })
  class Elsewhere {}

  @Module({ imports: [CqrsModule] })
  class Undurable {}

  it.each<[string, Provider[], (Type | DynamicModule)[], RegExp]>([
    [
      'for a handler of an event that was not registered',
      [Deaf],
      [],
      /Deaf handles Unheard, which is not registered/,
    ],
    [
      'for two handlers of one name',
      [Postman, Mailer, OtherMailer],
      [],
      /Two event handlers have the name "Mailer"/,
    ],
    ['for a handler that is listed in two modules', [Postman, Mailer], [Elsewhere], /listed in two modules/],
    ['for a projection that lives as long as a request', [Fleeting], [], /Fleeting is request-scoped/],
    ['for a second CqrsModule, whose buses would not be durable', [], [Undurable], /CqrsModule/],
  ])('%s', async (_, providers, imports, message) => {
    expect(await refusal(providers, imports)).toMatch(message);
  });
});
