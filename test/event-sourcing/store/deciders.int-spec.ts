import { streamName, type Decider } from '../../../src/event-sourcing/kernel/decider.js';
import { account, Deposited, type Account, type AccountEvent } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { deposit, openStore, type OpenStore } from '../support/stores.js';

/** Sees the same streams in its own way. */
const deposits: Decider<readonly number[], AccountEvent> = {
  category: 'account',
  initialState: [],
  evolve: (amounts, { type, amount }) => (type === 'account.deposited' ? [...amounts, amount] : amounts),
};

let database: LogDatabase;
let opened: OpenStore;
beforeAll(async () => {
  database = await LogDatabase.create();
});
beforeEach(() => {
  opened = openStore(database.url);
});
afterEach(async () => {
  await opened.log.close();
});
afterAll(async () => {
  await database.drop();
});

describe('two deciders of one category', () => {
  it('have each a state of their own', async () => {
    const { store } = opened;
    await store.transact((tx) => deposit(tx, '1', 5));
    const amounts = await store.transact((tx) => {
      tx.load(deposits, '1');
      return tx.append(deposits, '1', [new Deposited({ amount: 7 })]).state;
    });
    expect(amounts).toEqual([5, 7]);
    expect(await store.transact((tx) => deposit(tx, '1', 1))).toBe(13);
    expect(await store.transact((tx) => tx.read(deposits, '1').state)).toEqual([5, 7, 1]);
    const [[state], [list]] = await Promise.all([
      store.loadCached(account, ['1']),
      store.loadCached(deposits, ['1']),
    ]);
    expect([state?.state.balance, list?.state]).toEqual([13, [5, 7, 1]]);
    expect(store.known(account, '1')?.state.balance).toBe(13);
    expect(store.known(deposits, '1')?.state).toEqual([5, 7, 1]);
    expect((await store.load(deposits, '1', { version: 3 })).state).toEqual([5, 7, 1]);
  });

  it('are loaded at the same moment without mixing up their states', async () => {
    const writer = openStore(database.url);
    await writer.store.transact((tx) => deposit(tx, '2', 5));
    await writer.store.transact((tx) => deposit(tx, '2', 6));
    await writer.log.close();
    const { store } = opened;
    const [[state], [list], [again]] = await Promise.all([
      store.loadCached(account, ['2']),
      store.loadCached(deposits, ['2']),
      store.loadCached(account, ['2']),
    ]);
    expect([state?.state.balance, list?.state, again?.version]).toEqual([11, [5, 6], 2]);
  });

  it('cannot see one stream in one decision', async () => {
    const both = opened.store.transact((tx) => {
      tx.load(account, '3');
      return tx.read(deposits, '3').state;
    });
    await expect(both).rejects.toThrow(/"account-3".*two deciders/);
  });
});

describe('a category with a hyphen', () => {
  const courseRun: Decider<Account, AccountEvent> = { ...account, category: 'course-run' };

  it('is refused where it is first used, as it could name the streams of another category', async () => {
    const { store } = opened;
    const refusal = /"course-run".*hyphen.*category "course"/;
    await expect(store.transact((tx) => tx.load(courseRun, '7').version)).rejects.toThrow(refusal);
    await expect(store.transact((tx) => tx.create(courseRun, '7').version)).rejects.toThrow(refusal);
    await expect(store.loadCached(courseRun, ['7'])).rejects.toThrow(refusal);
    expect(() => streamName(courseRun, '7')).toThrow(refusal);
  });

  it('may be part of an id', () => {
    expect(streamName({ category: 'course' }, 'run-7')).toBe('course-run-7');
  });
});
