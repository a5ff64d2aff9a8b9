import { Global, Injectable, Logger, Module, type DynamicModule } from '@nestjs/common';
import {
  AsyncContext,
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  ofType,
  Saga,
  type ICommandHandler,
} from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { interval, map, NEVER, scan, type Observable } from 'rxjs';
import {
  DurableCommandBus,
  DurableHandler,
  DurableSaga,
  EventRegistry,
  DurableCqrsModule,
  EventStore,
  Projection,
  type ViewProjection,
} from '../../../src/event-sourcing/index.js';
import { DurableCommands } from '../../../src/event-sourcing/commands/durable-commands.js';
import { CommandRegistry } from '../../../src/event-sourcing/kernel/command-registry.js';
import { SagaDelivery } from '../../../src/event-sourcing/runner/saga-delivery.js';
import { eventually } from '../../support/eventually.js';
import { account, Deposited, METADATA } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { compileApp, type AppParts } from '../support/store-app.js';
import { deposit } from '../support/stores.js';
import { Balance, CREATE_BALANCE } from '../support/views.js';

class Deposit {
  constructor(readonly id: string) {}
}

@CommandHandler(Deposit)
class DepositHandler implements ICommandHandler<Deposit> {
  constructor(private readonly store: EventStore) {}

  async execute({ id }: Deposit): Promise<number> {
    return this.store.transact((tx) => deposit(tx, id));
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

async function start(parts: AppParts): Promise<TestingModule> {
  app = await compileApp(database, parts);
  await app.init();
  return app;
}

async function refusal(parts: AppParts): Promise<string> {
  const outcome = await start(parts).then(
    () => 'It has started.',
    (error: unknown) => (error as Error).message,
  );
  await app?.close();
  app = undefined;
  return outcome;
}

const commands = { 'account.deposit': Deposit };

describe('the start is refused', () => {
  it('for a registered command without a handler', async () => {
    expect(await refusal({ definitions: { commands } })).toMatch(
      /"account.deposit" \(Deposit\).*has no handler.*@CommandHandler/,
    );
  });

  it('for a projection or a handler that would get no events', async () => {
    @Projection({ name: 'balances', view: Balance })
    class Deaf implements ViewProjection<Balance> {
      keyOf = (): string => 'all';
      evolve = (): undefined => undefined;
    }
    expect(await refusal({ providers: [Deaf] })).toMatch(/Deaf.*@Projection.*@EventsHandler/);

    @DurableHandler({ name: 'deaf' })
    class DeafHandler {
      handle(): void {
        throw new Error('It is deaf.');
      }
    }
    expect(await refusal({ providers: [DeafHandler] })).toMatch(
      /DeafHandler.*@DurableHandler.*@EventsHandler/,
    );

    class Sagas {
      @DurableSaga({ name: 'idle' })
      idle = (events: Observable<object>): Observable<object> => events;
    }
    expect(await refusal({ providers: [Sagas] })).toMatch(/Sagas.idle.*@DurableSaga.*@Saga/);
  });

  it('for a saga that is not a function, or returns no Observable', async () => {
    class NoFunction {
      @Saga()
      readonly greet = 'hello';
    }
    expect(await refusal({ providers: [NoFunction] })).toMatch(/NoFunction.greet.*@Saga.*string.*function/);
    class NoStream {
      @Saga()
      greet = (): string => 'hello';
    }
    expect(await refusal({ providers: [NoStream] })).toMatch(/NoStream.greet.*Observable/);
  });

  it('for options of @nestjs/cqrs, which are not supported', async () => {
    const configure = (settings: object) => () => DurableCqrsModule.forRoot(settings);
    expect(configure({ leaseMs: 1 })).not.toThrow();
    expect(configure({ rethrowUnhandled: true })).toThrow(/"rethrowUnhandled".*@nestjs\/cqrs/);
    expect(configure({ leaseMS: 1 })).toThrow(/"leaseMS" is not an option/);
    expect(await refusal({ imports: [CqrsModule.forRoot({ rethrowUnhandled: true })] })).toMatch(
      /CqrsModule.*rethrowUnhandled/,
    );
  });

  it('for a decider whose category has a hyphen', async () => {
    const registries = [EventRegistry, CommandRegistry];
    @Global()
    @Module({ providers: registries, exports: registries })
    class Registries {}
    const feature = (category: string): DynamicModule =>
      DurableCqrsModule.forFeature({ events: [], deciders: [{ ...account, category }] });
    const compile = (category: string): Promise<TestingModule> =>
      Test.createTestingModule({ imports: [Registries, feature(category)] }).compile();
    await compile('course');
    await expect(compile('course-run')).rejects.toThrow(/"course-run" has a hyphen/);
  });
});

describe('a bus with a transport of its own', () => {
  it('is refused, because events reach their handlers through the log', async () => {
    const events = (await start({})).get(EventBus);
    expect(() => events.publisher).toThrow(/EventBus.publisher.*@EventsHandler/);
    expect(() => Object.assign(events, { publisher: { publish: () => undefined } })).toThrow(
      /EventBus.publisher/,
    );
  });
});

describe('an AsyncContext with properties of its own', () => {
  class UserRequest extends AsyncContext {
    constructor(readonly user: string) {
      super();
    }
  }

  it('is refused when a command is stored, because it would be lost', async () => {
    const parts = { providers: [DepositHandler], definitions: { commands } };
    const bus = (await start(parts)).get(DurableCommandBus);
    const command = new Deposit('1');
    new UserRequest('ada').attachTo(command);
    await expect((async () => bus.enqueue(command))()).rejects.toThrow(
      /Deposit.*UserRequest.*currentMessageContext/,
    );
    expect(await database.query('SELECT FROM durable_command')).toEqual([]);
    // Where it is executed at once, nothing is lost.
    expect(await bus.execute(new Deposit('1'), new UserRequest('ada'))).toBe(1);
  });

  it('is refused when an event is published', async () => {
    const bus = (await start({})).get(EventBus);
    const publish = (): unknown => bus.publish(new Deposited({ amount: 1 }), new UserRequest('ada'));
    expect(publish).toThrow(/Deposited.*UserRequest.*MessageRequest/);
  });

  it('fails a saga that gives it to a command', async () => {
    @Injectable()
    class Sagas {
      @Saga()
      attached = (events: Observable<object>): Observable<object> =>
        events.pipe(
          ofType(Deposited),
          map(() => {
            const command = new Deposit('2');
            new UserRequest('ada').attachTo(command);
            return command;
          }),
        );
    }
    const retry = { attempts: 1, firstPauseMs: 1 };
    const parts = { providers: [DepositHandler, Sagas], definitions: { commands }, settings: { retry } };
    const module = await start(parts);
    await module.get(CommandBus).execute(new Deposit('1'));
    const [parked] = await eventually(
      'the event to be parked',
      () => database.query<{ error: string }>('SELECT error FROM parked_event'),
      (rows) => rows.length > 0,
    );
    expect(parked?.error).toMatch(/UserRequest/);
    expect(await database.query(`SELECT FROM event_log WHERE stream = 'account-2'`)).toEqual([]);
  });
});

describe('an effect within a decision', () => {
  it('is refused, and fails the decision', async () => {
    const module = await start({ providers: [DepositHandler], definitions: { commands } });
    const [store, bus] = [module.get(EventStore), module.get(DurableCommandBus)];
    const effects: [string, () => Promise<unknown>][] = [
      ['CommandBus.execute', () => bus.execute(new Deposit('1'))],
      ['DurableCommandBus.enqueue', () => bus.enqueue(new Deposit('1'))],
      ['DurableCommandBus.cancel', () => bus.cancel('1')],
    ];
    for (const [what, effect] of effects) {
      const decided = store.transact((tx) => {
        deposit(tx, '2');
        effect().catch(() => undefined);
      });
      await expect(decided).rejects.toThrow(`${what} was called within a decision`);
    }
    expect(await database.query('SELECT FROM event_log')).toEqual([]);
    expect(await database.query('SELECT FROM durable_command')).toEqual([]);
  });
});

describe('a saga with an operator that keeps something between events', () => {
  it('is refused at the start', async () => {
    class Counting {
      @Saga()
      count = (events: Observable<object>): Observable<object> =>
        events.pipe(
          scan((sum) => sum + 1, 0),
          map((sum) => new Deposit(`${sum}`)),
        );
    }
    expect(await refusal({ providers: [Counting] })).toMatch(/Counting.count calls scan.*stream/);
  });
});

describe('a saga that does not end', () => {
  it.each([
    ['says nothing', (): Observable<object> => NEVER],
    ['goes on saying something', (): Observable<object> => interval(5).pipe(map((n) => new Deposit(`${n}`)))],
  ])('fails with a message that names it, when it %s', async (_, saga) => {
    const registry = new CommandRegistry();
    registry.register(commands);
    const delivery = new SagaDelivery('endless', saga, { registry } as DurableCommands, 50);
    const batch = await delivery.begin();
    const take = async (): Promise<void> =>
      batch.take({
        position: 1,
        stream: 'account-1',
        version: 1,
        id: METADATA.commandId,
        occurredAt: new Date(),
        metadata: METADATA,
        event: new Deposited({ amount: 1 }),
      });
    await expect(take()).rejects.toThrow(/Saga "endless" (did not end within 50 ms|does not end)/);
  });
});
