import { DomainError } from '../../../src/event-sourcing/kernel/domain-error.js';
import type { Transaction } from '../../../src/event-sourcing/store/transaction.js';
import { account, Deposited, Withdrawn } from '../support/bank.js';
import { deposit, type OpenStore, useStores } from '../support/stores.js';

const { open, newId } = useStores();

describe('a decision that is asynchronous', () => {
  it('is refused, whether its streams are in memory or not', async () => {
    const { store, log } = open();
    const id = newId();
    const asynchronous = async (tx: Transaction): Promise<number> => {
      await Promise.resolve();
      return deposit(tx, id);
    };
    const started = async (tx: Transaction): Promise<number> => {
      const balance = deposit(tx, id);
      await Promise.resolve();
      return deposit(tx, id) + balance;
    };
    for (const decide of [asynchronous, started, started]) {
      // @ts-expect-error -- the type refuses it, too
      await expect(store.transact(decide)).rejects.toThrow(/synchronous function.*returned a promise/);
      await store.loadCached(account, [id]);
    }
    expect(await log.streamVersion(`account-${id}`)).toBe(0);
  });

  it('is refused by its type where it may return a promise', () => {
    const { store } = open();
    const id = newId();
    /** Is compiled, and never called. */
    const types = (): unknown[] => [
      // @ts-expect-error -- a promise
      store.transact(async (tx) => Promise.resolve(deposit(tx, id))),
      // @ts-expect-error -- a promise, perhaps
      store.transact((tx) => (id ? deposit(tx, id) : Promise.resolve(1))),
      // @ts-expect-error -- what behaves like a promise
      store.transact((): PromiseLike<string> => ({ then: () => Promise.resolve() as never })),
      store.transact((tx) => (id ? [deposit(tx, id), 'a'] : undefined)) satisfies Promise<
        (number | string)[] | undefined
      >,
    ];
    expect(types).toBeInstanceOf(Function);
  });

  it('cannot use its transaction any more', async () => {
    const { store, log } = open();
    const id = newId();
    const leaked: Transaction[] = [];
    expect(
      await store.transact((tx) => {
        leaked.push(tx);
        return deposit(tx, id);
      }),
    ).toBe(1);
    await expect(
      store.transact((tx) => {
        leaked.push(tx);
        throw new DomainError('NO', 'No.');
      }),
    ).rejects.toThrow('No.');
    expect(leaked.length).toBeGreaterThan(2);
    for (const tx of leaked) {
      const uses = [
        () => tx.load(account, id),
        () => tx.create(account, id),
        () => tx.read(account, id),
        () => tx.loadAll(account, [id]),
        () => tx.readAll(account, [id]),
        () => tx.append(account, id, [new Deposited({ amount: 1 })]),
        () => tx.now,
      ];
      for (const use of uses) expect(use).toThrow(/decision has returned/);
    }
    expect(await log.streamVersion(`account-${id}`)).toBe(1);
  });
});

describe('a decision within a decision', () => {
  it('is refused with what to do instead, and neither takes effect', async () => {
    const { store, log } = open();
    const { store: other } = open();
    const [outer, inner] = [newId(), newId()];
    for (const nested of [store, other]) {
      let runs = 0;
      const refused = store.transact((tx) => {
        runs += 1;
        deposit(tx, outer);
        nested.transact((within) => deposit(within, inner)).catch(() => undefined);
      });
      await expect(refused).rejects.toThrow(
        /EventStore.transact.*within a decision.*append to several streams/i,
      );
      expect(runs).toBeLessThanOrEqual(2);
    }
    const caught = store.transact((tx) => {
      try {
        store.transact((within) => deposit(within, inner)).catch(() => undefined);
      } catch {
        // Whatever it does about it.
      }
      return deposit(tx, outer);
    });
    await expect(caught).rejects.toThrow(/within a decision/);
    expect(await log.streamVersion(`account-${outer}`)).toBe(0);
    expect(await log.streamVersion(`account-${inner}`)).toBe(0);
  });

  it('may follow it', async () => {
    const { store } = open();
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    expect(await store.transact((tx) => deposit(tx, id))).toBe(2);
  });
});

describe('a decision that catches what interrupts it', () => {
  function orDefault<T>(work: () => T, instead: T): T {
    try {
      return work();
    } catch {
      return instead;
    }
  }

  it('does not decide blind, whether it returns, refuses or fails', async () => {
    const id = newId();
    await open().store.transact((tx) => deposit(tx, id, 10));
    const read = (tx: Transaction): number => orDefault(() => tx.read(account, id).state.balance, -1);
    expect(await open().store.transact(read)).toBe(10);
    const refuse = open().store.transact((tx) => {
      throw new DomainError('BALANCE', String(read(tx)));
    });
    await expect(refuse).rejects.toThrow(/^10$/);
    const fail = open().store.transact((tx) => {
      throw new TypeError(String(read(tx)));
    });
    await expect(fail).rejects.toThrow(/^10$/);
    const all = (tx: Transaction): number =>
      orDefault(() => tx.readAll(account, [id])[0]?.state.balance ?? -2, -1);
    expect(await open().store.transact(all)).toBe(10);
  });

  it('sees the time of the last event of each stream', async () => {
    const [one, two] = [newId(), newId()];
    const at = (time: string): OpenStore => open({ clock: () => new Date(time) });
    const [early, late] = [at('2030-01-01T12:00:00.000Z'), at('2030-01-01T12:00:05.000Z')];
    await late.store.transact((tx) => deposit(tx, two));
    const balance = await early.store.transact((tx) => {
      deposit(tx, one);
      return orDefault(() => tx.read(account, two).state.balance, -1);
    });
    expect(balance).toBe(1);
  });

  it('fails if it catches what it has done wrong', async () => {
    const { store, log } = open();
    const id = newId();
    const blind = store.transact((tx) =>
      orDefault(() => tx.append(account, id, [new Deposited({ amount: 1 })]).version, -1),
    );
    await expect(blind).rejects.toThrow(/without having been loaded/);
    const readFirst = store.transact((tx) => {
      tx.read(account, id);
      return orDefault(() => tx.load(account, id).version, -1);
    });
    await expect(readFirst).rejects.toThrow(/read first/);
    expect(await log.streamVersion(`account-${id}`)).toBe(0);
  });
});

describe('a state that is handed out', () => {
  it('cannot be changed in place, wherever it comes from', async () => {
    const { store } = open();
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    const change = (state: { balance: number }): void => {
      state.balance = 1_000_000;
    };
    const withdraw = store.transact((tx) => {
      change(tx.append(account, id, [new Withdrawn({ amount: 1 })]).state);
    });
    await expect(withdraw).rejects.toThrow();
    for (const { store: fresh } of [{ store }, open()]) {
      await expect(
        fresh.transact((tx) => {
          change(tx.load(account, id).state);
        }),
      ).rejects.toThrow(TypeError);
      const [cached] = await fresh.loadCached(account, [id]);
      const known = fresh.known(account, id);
      const past = await fresh.load(account, id, { time: new Date() });
      const present = await fresh.load(account, id);
      const all = [cached, known, past, present];
      expect(all.map((each) => each?.state.balance)).toEqual([1, 1, 1, 1]);
      for (const each of all) {
        expect(() => {
          change(each?.state ?? { balance: 0 });
        }).toThrow(TypeError);
      }
    }
  });
});
