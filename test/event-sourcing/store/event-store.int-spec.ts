import { DomainError } from '../../../src/event-sourcing/kernel/domain-error.js';
import { withMessageContext } from '../../../src/event-sourcing/runtime/message-context.js';
import { account, append, Deposited, PriceSet, product, Withdrawn, write } from '../support/bank.js';
import { deposit, transfer, useStores } from '../support/stores.js';

const { open, newId } = useStores();

describe('the event store', () => {
  it('lets a hundred commands that come at once on one stream all take effect, one after the other', async () => {
    const { store, log } = open();
    const id = newId();
    const balances = await Promise.all(
      Array.from({ length: 100 }, () => store.transact((tx) => deposit(tx, id))),
    );
    expect(balances.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await log.streamVersion(`account-${id}`)).toBe(100);
  });

  it('keeps the sum of what is moved to and fro among a few accounts at once', async () => {
    const { store } = open();
    const ids = [newId(), newId(), newId()];
    for (const id of ids) await store.transact((tx) => deposit(tx, id, 100));
    const moved = await Promise.all(
      Array.from({ length: 90 }, (_, index) =>
        store.transact((tx) =>
          transfer(tx, ids[index % 3] ?? '', ids[(index + 1) % 3] ?? '', 1 + (index % 40)),
        ),
      ),
    );
    expect(moved).toContain(true);
    const past = await Promise.all(ids.map((id) => store.load(account, id, { time: new Date() })));
    expect(past.reduce((sum, { state }) => sum + state.balance, 0)).toBe(300);
    expect((await store.loadCached(account, ids)).map(({ state }) => state)).toEqual(
      past.map(({ state }) => state),
    );
  });

  it('serves a command on two streams though one of them is never at rest', async () => {
    const { store } = open();
    const [busy, calm] = [newId(), newId()];
    await store.transact((tx) => deposit(tx, calm, 10));
    const deposits: Promise<number>[] = [];
    let transferred: Promise<boolean> | undefined;
    const state = { done: false };
    // They come one after the other, each while those before are under way.
    while (!state.done && deposits.length < 5_000) {
      deposits.push(store.transact((tx) => deposit(tx, busy)));
      await new Promise((resolve) => setImmediate(resolve));
      if (deposits.length === 200) {
        transferred = store
          .transact((tx) => transfer(tx, calm, busy, 10))
          .finally(() => {
            state.done = true;
          });
      }
    }
    expect(await transferred).toBe(true);
    expect(deposits.length).toBeLessThan(5_000);
    await Promise.all(deposits);
  });

  it('takes many commands of several streams that meet on two of them in a few batches, from two processes at once', async () => {
    const stores = [open(), open()];
    const [customer, into] = [newId(), newId()];
    let batches = 0;
    for (const { log } of stores) log.onStored(() => (batches += 1));
    // As claims are: each looks at what the one before has left, and takes a stream of its own along.
    const claims = Array.from({ length: 60 }, (_, index) => {
      const own = newId();
      const { store } = stores[index % 2] ?? open();
      return store.transact((tx) => {
        tx.load(account, customer);
        deposit(tx, own, index);
        return deposit(tx, into);
      });
    });
    const balances = await Promise.all(claims);
    expect(balances.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(batches).toBeLessThan(30);
  });

  it('tells the loser of a race what is true now, not what it saw', async () => {
    const [here, there] = [open(), open()];
    const id = newId();
    await here.store.transact((tx) => deposit(tx, id, 10));
    await there.store.transact((tx) => deposit(tx, id, 5));
    const seen: number[] = [];
    const withdrawn = await here.store.transact((tx) => {
      const { state } = tx.load(account, id);
      seen.push(state.balance);
      return tx.append(account, id, [new Withdrawn({ amount: state.balance })]).version;
    });
    expect(seen).toEqual([10, 15]);
    expect(withdrawn).toBe(3);
  });

  it.each([
    ['refuses', true],
    ['changes nothing', false],
  ])('never answers from a state that has passed, also when it %s', async (_, refuses) => {
    const [here, there] = [open(), open()];
    const id = newId();
    const answer = (): Promise<number> =>
      here.store
        .transact((tx) => {
          const { balance } = tx.load(account, id).state;
          if (refuses) throw new DomainError('REFUSED', 'No.', { balance });
          return balance;
        })
        .catch((error: unknown) => (error as DomainError).data['balance'] as number);
    expect(await answer()).toBe(0);
    for (let balance = 1; balance <= 5; balance += 1) {
      await there.store.transact((tx) => deposit(tx, id));
      expect(await answer()).toBe(balance);
    }
  });

  it('takes a refusal back that rested on a command which has failed', async () => {
    const [here, there] = [open(), open()];
    const id = newId();
    await here.store.transact((tx) => deposit(tx, id, 10));
    await there.store.transact((tx) => deposit(tx, id, 1));
    // The withdrawal is decided on a state that has passed, and so is the refusal on top of it.
    const runs: string[] = [];
    const withdrawal = here.store.transact((tx) => {
      const { balance } = tx.load(account, id).state;
      if (balance === 10) tx.append(account, id, [new Withdrawn({ amount: 10 })]);
    });
    const onTop = here.store.transact((tx) => {
      const { balance } = tx.load(account, id).state;
      runs.push(`saw ${balance}`);
      if (balance < 5) throw new DomainError('POOR', 'Too little.');
      return tx.append(account, id, [new Withdrawn({ amount: 5 })]).state.balance;
    });
    await withdrawal;
    expect(await onTop).toBe(6);
    expect(runs).toEqual(['saw 0', 'saw 11']);
  });

  it('throws away a whole chain of decisions when the first of them fails, and decides them anew', async () => {
    const [here, there] = [open(), open()];
    const id = newId();
    await here.store.transact((tx) => deposit(tx, id, 10));
    await there.store.transact((tx) => deposit(tx, id, 1_000));
    await Promise.all(
      Array.from({ length: 30 }, () =>
        here.store.transact((tx) => {
          const { balance } = tx.load(account, id).state;
          return tx.append(account, id, [new Deposited({ amount: balance })]);
        }),
      ),
    );
    const [state] = await here.store.loadCached(account, [id]);
    expect(state).toMatchObject({ version: 32, state: { balance: 1_010 * 2 ** 30 } });
    expect(await there.store.load(account, id, { version: 32 })).toEqual(state);
  });

  it('guards what it only read', async () => {
    const [here, there] = [open(), open()];
    const [id, sku] = [newId(), newId()];
    const setPrice = (price: number): Promise<unknown> =>
      there.store.transact((tx) => {
        tx.load(product, sku);
        tx.append(product, sku, [new PriceSet({ price })]);
      });
    const buy = (): Promise<number> =>
      here.store.transact((tx) => {
        const { price } = tx.read(product, sku).state;
        tx.load(account, id);
        tx.append(account, id, [new Withdrawn({ amount: price })]);
        return price;
      });
    for (let price = 1; price <= 5; price += 1) {
      await setPrice(price);
      expect(await buy()).toBe(price);
    }
  });

  it('serves a command that reads a stream which is never at rest', async () => {
    const { store, log } = open();
    const [id, sku] = [newId(), newId()];
    const setPrice = (): Promise<number> =>
      store.transact((tx) => {
        const { version } = tx.load(product, sku);
        return tx.append(product, sku, [new PriceSet({ price: version + 1 })]).version;
      });
    const changes: Promise<number>[] = [];
    const state = { done: false };
    let bought: Promise<unknown> | undefined;
    while (!state.done && changes.length < 5_000) {
      changes.push(setPrice());
      await new Promise((resolve) => setImmediate(resolve));
      if (changes.length === 200) {
        bought = store
          .transact((tx) => {
            const { price } = tx.read(product, sku).state;
            tx.load(account, id);
            return tx.append(account, id, [new Withdrawn({ amount: price })]).version;
          })
          .finally(() => {
            state.done = true;
          });
      }
    }
    expect(await bought).toBe(1);
    await Promise.all(changes);
    // The price was the one that stood in the log right before the purchase.
    const [purchase] = await log.readStream(`account-${id}`);
    const prices = await log.readStream(`product-${sku}`);
    const before = prices.filter(({ position }) => position < (purchase?.position ?? 0)).at(-1);
    expect(purchase?.event).toEqual(new Withdrawn({ amount: before?.version ?? 0 }));
  });

  it('does not let pass what was decided on two commands of which one has failed', async () => {
    const [here, there] = [open(), open()];
    const [one, two] = [newId(), newId()];
    await here.store.transact((tx) => [deposit(tx, one), deposit(tx, two)]);
    await there.store.transact((tx) => deposit(tx, two, 100));
    const first = here.store.transact((tx) => deposit(tx, one));
    // It fails, and the version that it was to have is another's.
    const second = here.store.transact((tx) => deposit(tx, two));
    const onBoth = here.store.transact((tx) => {
      deposit(tx, one);
      const { state, version } = tx.load(account, two);
      tx.append(account, two, [new Deposited({ amount: state.balance })]);
      return { state, version };
    });
    await Promise.all([first, second]);
    const { state, version } = await onBoth;
    expect((await there.store.load(account, two, { version })).state).toEqual(state);
  });

  it('gives up after ten conflicts in a row', async () => {
    const { store, log } = open();
    const id = newId();
    let version = 0;
    let runs = 0;
    const unlucky = store.transact((tx) => {
      runs += 1;
      const { state } = tx.load(account, id);
      // Somebody is always a little faster: sent first, it is in the same batch or in one before.
      log.append(append([write(`account-${id}`, version)])).result.catch(() => undefined);
      version += 1;
      return tx.append(account, id, [new Deposited({ amount: state.balance })]);
    });
    await expect(unlucky).rejects.toMatchObject({ code: 'TOO_MUCH_CONTENTION' });
    expect(runs).toBe(11); // ten that counted, and one to find out that the stream is to be loaded
    expect(await log.streamVersion(`account-${id}`)).toBe(version);
  });

  it('passes on what a decision throws that is no refusal, and keeps nothing of it', async () => {
    const { store, log } = open();
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    const broken = store.transact((tx) => {
      deposit(tx, id);
      throw new TypeError('a fault');
    });
    await expect(broken).rejects.toThrow(TypeError);
    const refused = store.transact((tx) => {
      deposit(tx, id);
      throw new DomainError('NO', 'No.');
    });
    await expect(refused).rejects.toMatchObject({ code: 'NO' });
    expect(await store.transact((tx) => deposit(tx, id))).toBe(2);
    expect(await log.streamVersion(`account-${id}`)).toBe(2);
  });

  it('says in the metadata who asked for what, and that it was one command', async () => {
    const { store, log } = open();
    const [one, two] = [newId(), newId()];
    const actor = { type: 'customer', id: 'c-1' };
    await withMessageContext({ correlationId: 'r-1', causationId: 'e-1', actor }, () =>
      store.transact((tx) => [deposit(tx, one), deposit(tx, two)]),
    );
    const events = await log.readStreams([one, two].map((id) => ({ stream: `account-${id}`, after: 0 })));
    const [first] = events;
    expect(events).toHaveLength(2);
    for (const { metadata } of events) {
      expect(metadata).toEqual({
        correlationId: 'r-1',
        causationId: 'e-1',
        actor,
        commandId: first?.metadata.commandId,
      });
    }
  });
});
