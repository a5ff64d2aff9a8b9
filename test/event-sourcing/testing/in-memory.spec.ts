import { Injectable, type Provider } from '@nestjs/common';
import { CommandBus, CommandHandler, EventsHandler, Saga, type ICommandHandler } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import { filter, map, type Observable } from 'rxjs';
import {
  DomainError,
  DurableCommandBus,
  DurableHandler,
  dueCommand,
  EventLog,
  EventStore,
  LiveViews,
  MessageIdentity,
  newId,
  recordOf,
  withMessageContext,
} from '../../../src/event-sourcing/index.js';
import {
  DurableCqrsTesting,
  DurableCqrsTestingModule,
  InMemory,
} from '../../../src/event-sourcing/testing/index.js';
import { account, Deposited, PriceSet, Withdrawn } from '../support/bank.js';
import { BalanceProjection } from '../support/views.js';

const HOUR = 3_600_000;

class Withdraw {
  constructor(
    readonly id: string,
    readonly amount: number,
  ) {}
}

@CommandHandler(Withdraw)
class WithdrawHandler implements ICommandHandler<Withdraw> {
  constructor(private readonly store: EventStore) {}

  async execute({ id, amount }: Withdraw): Promise<void> {
    await this.store.transact((tx) => {
      if (tx.load(account, id).state.balance < amount) throw new DomainError('POOR', 'There is not enough.');
      tx.append(account, id, [new Withdrawn({ amount })]);
    });
  }
}

/** Takes a fee at once, and another an hour later. */
@Injectable()
class Fees {
  @Saga()
  readonly atOnce = (events: Observable<object>) =>
    events.pipe(
      filter((event) => event instanceof Deposited),
      filter(({ note }) => note === undefined),
      map((event) => new Withdraw(recordOf(event).stream.slice('account-'.length), 1)),
    );

  @Saga()
  readonly later = (events: Observable<object>) =>
    events.pipe(
      filter((event) => event instanceof Deposited),
      map((event) => {
        const { stream, occurredAt } = recordOf(event);
        const command = new Withdraw(stream.slice('account-'.length), 2);
        return dueCommand(command, { id: `fee ${stream}`, at: new Date(occurredAt.getTime() + HOUR) });
      }),
    );
}

@EventsHandler(Deposited)
@DurableHandler({ name: 'mailer' })
class Mailer {
  readonly letters: number[] = [];
  failures = 0;

  handle(event: Deposited): void {
    if (this.failures-- > 0) throw new Error('No stamps.');
    this.letters.push(recordOf(event).version);
  }
}

let app: TestingModule | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(providers: Provider[] = [], memory = new InMemory()): Promise<DurableCqrsTesting> {
  const module = DurableCqrsTestingModule.forRoot({
    events: [Deposited, Withdrawn, PriceSet],
    commands: { 'account.withdraw': Withdraw },
    memory,
  });
  app = await Test.createTestingModule({
    imports: [module],
    providers: [WithdrawHandler, ...providers],
  }).compile();
  await app.init();
  return app.get(DurableCqrsTesting);
}

const get = <T>(token: new (...parameters: never[]) => T): T => {
  if (!app) throw new Error('The application has not started.');
  return app.get<T>(token);
};
const deposit = (id: string, amount: number, note?: string): Promise<number> =>
  get(EventStore).transact((tx) => {
    tx.load(account, id);
    return tx.append(account, id, [new Deposited({ amount, ...(note && { note }) })]).state.balance;
  });

it('decides on states, and loads them', async () => {
  await start();
  expect(await deposit('a', 5)).toBe(5);
  await get(CommandBus).execute(new Withdraw('a', 2));
  await expect(get(CommandBus).execute(new Withdraw('a', 9))).rejects.toThrow('There is not enough.');
  expect(await get(EventStore).load(account, 'a')).toMatchObject({ version: 2, state: { balance: 3 } });
  expect(await get(EventStore).load(account, 'a', { version: 1 })).toMatchObject({ state: { balance: 5 } });
});

it('runs a message with an identity once', async () => {
  await start();
  const id = newId();
  const send = () => {
    const identity = new MessageIdentity(id, 'deposit');
    const context = { correlationId: 'c', causationId: 'c', actor: { type: 'guest', id: null }, identity };
    return withMessageContext(context, () => deposit('a', 5));
  };
  expect(await Promise.all([send(), send()])).toEqual([5, 5]);
  expect(await send()).toBe(5);
  expect(await get(EventLog).streamVersion('account-a')).toBe(1);
});

it('calls handlers in order, retries them by the clock, and parks what fails each time', async () => {
  const testing = await start([Mailer]);
  await deposit('a', 1);
  await deposit('a', 1);
  await testing.settled();
  const mailer = get(Mailer);
  expect(mailer.letters).toEqual([1, 2]);
  mailer.failures = 3;
  await deposit('a', 1);
  await deposit('a', 1);
  await testing.settled();
  expect(mailer.letters).toEqual([1, 2]);
  await testing.advance(60_000);
  expect(mailer.letters).toEqual([1, 2, 3, 4]);
  mailer.failures = Infinity;
  await deposit('a', 1);
  await testing.runTimers();
  expect(mailer.letters).toEqual([1, 2, 3, 4]);
});

it('runs the commands of sagas, and timers when the clock comes to them', async () => {
  const testing = await start([Fees]);
  await deposit('a', 10);
  await testing.settled();
  const types = async () => (await testing.events()).map(({ event }) => event);
  expect(await types()).toEqual([new Deposited({ amount: 10 }), new Withdrawn({ amount: 1 })]);
  await testing.advance(HOUR - 1);
  expect(await types()).toHaveLength(2);
  await testing.advance(1);
  expect((await testing.events()).at(-1)).toMatchObject({
    event: { amount: 2 },
    occurredAt: testing.clock.now(),
  });
});

it('runs enqueued commands', async () => {
  const testing = await start();
  await deposit('a', 10);
  const runAt = new Date(testing.clock.now().getTime() + HOUR);
  await get(DurableCommandBus).enqueue(new Withdraw('a', 1));
  const later = await get(DurableCommandBus).enqueue(new Withdraw('a', 2), { runAt });
  await get(DurableCommandBus).enqueue(new Withdraw('a', 3), { runAt });
  expect(await get(DurableCommandBus).cancel(later)).toBe(true);
  await testing.settled();
  expect((await get(EventStore).load(account, 'a')).state.balance).toBe(9);
  await testing.runTimers();
  expect((await get(EventStore).load(account, 'a')).state.balance).toBe(6);
  expect(testing.clock.now()).toEqual(runAt);
});

it('keeps the rows of projections, and live views of them', async () => {
  const testing = await start([BalanceProjection]);
  await deposit('a', 10);
  const live = get(LiveViews).of(BalanceProjection);
  expect(await live.read('account-a')).toMatchObject({ amount: 10, movements: 1 });
  await deposit('a', 1);
  expect(await live.read('account-a')).toMatchObject({ amount: 11, movements: 2 });
  expect(await live.read('account-b')).toBeUndefined();
  await testing.settled();
  expect([...testing.rows(BalanceProjection)]).toEqual([
    ['account-a', { account: 'account-a', amount: 11, movements: 2 }],
  ]);
});

it('goes on after a restart where it was', async () => {
  const memory = new InMemory();
  const testing = await start([Mailer, BalanceProjection], memory);
  await deposit('a', 1);
  await testing.settled();
  await app?.close();
  const again = await start([Mailer, BalanceProjection], memory);
  await deposit('a', 1);
  await again.settled();
  expect(get(Mailer).letters).toEqual([2]);
  expect(await get(LiveViews).of(BalanceProjection).read('account-a')).toMatchObject({ movements: 2 });
});
