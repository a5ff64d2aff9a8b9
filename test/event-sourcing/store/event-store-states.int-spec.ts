import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { emptyStream } from '../../../src/event-sourcing/kernel/decider.js';
import { StreamCell } from '../../../src/event-sourcing/store/stream-cell.js';
import { EventStore } from '../../../src/event-sourcing/store/event-store.js';
import { StateCache } from '../../../src/event-sourcing/store/state-cache.js';
import { streamRef } from '../../../src/event-sourcing/store/stream-ref.js';
import { account, append, Deposited, openLog, write } from '../support/bank.js';
import { deposit, useStores } from '../support/stores.js';

const stores = useStores();
const { open, newId } = stores;

describe('time', () => {
  it('does not go back in a stream when the clocks of two processes differ', async () => {
    const [here, slow] = [
      open({ clock: () => new Date('2030-01-01T12:00:05.000Z') }),
      open({ clock: () => new Date('2030-01-01T12:00:00.000Z') }),
    ];
    const id = newId();
    await here.store.transact((tx) => deposit(tx, id));
    expect(
      await slow.store.transact((tx) => {
        deposit(tx, id);
        return tx.now;
      }),
    ).toEqual(new Date('2030-01-01T12:00:05.000Z'));
    const events = await here.log.readStream(`account-${id}`);
    expect(events.map(({ occurredAt }) => occurredAt.toISOString())).toEqual(
      Array(2).fill('2030-01-01T12:00:05.000Z'),
    );
  });

  it('is the same in the state that a decision returns, and in the one that the log gives', async () => {
    const [ahead, slow] = [
      open({ clock: () => new Date('2030-01-01T12:00:05.000Z') }),
      open({ clock: () => new Date('2030-01-01T12:00:00.000Z') }),
    ];
    const [late, early] = [newId(), newId()];
    await ahead.store.transact((tx) => deposit(tx, late));
    const after = await slow.store.transact((tx) => {
      tx.load(account, early);
      const state = tx.append(account, early, [new Deposited({ amount: 1 })]);
      // Only now it learns that it is later than it thought.
      deposit(tx, late);
      return state;
    });
    expect(await ahead.store.load(account, early, { version: 1 })).toEqual(after);
  });
});

describe('the past', () => {
  it('is had by version and by time, the very time included', async () => {
    let now = Date.UTC(2030, 0, 1);
    const { store } = open({ clock: () => new Date(now) });
    const id = newId();
    for (let amount = 1; amount <= 5; amount += 1) {
      now += 1_000;
      await store.transact((tx) => deposit(tx, id, amount));
    }
    const at = (ms: number): Date => new Date(Date.UTC(2030, 0, 1) + ms);
    const balance = async (until: { version: number } | { time: Date }): Promise<[number, number]> => {
      const { state, version } = await store.load(account, id, until);
      return [version, state.balance];
    };
    expect(await balance({ version: 0 })).toEqual([0, 0]);
    expect(await balance({ version: 3 })).toEqual([3, 6]);
    expect(await balance({ version: 9 })).toEqual([5, 15]);
    expect(await balance({ time: at(999) })).toEqual([0, 0]);
    expect(await balance({ time: at(1_000) })).toEqual([1, 1]);
    expect(await balance({ time: at(3_999) })).toEqual([3, 6]);
    expect(await balance({ time: at(99_000) })).toEqual([5, 15]);
  });
});

describe.each([1, 7, 40, 1_000])('with room for %i events in memory', (capacity) => {
  it('every command takes effect once, and every state is right', async () => {
    const { store, log } = open({ capacity });
    const ids = Array.from({ length: 8 }, () => newId());
    const commands = Array.from({ length: 200 }, (_, index) => {
      const id = ids[(index * 7) % 8] ?? '';
      return store.transact((tx) => deposit(tx, id, index));
    });
    await Promise.all(commands);
    for (const id of ids) {
      const past = await store.load(account, id, { version: 1_000 });
      expect(past.version).toBe(await log.streamVersion(`account-${id}`));
      expect(past.version).toBe(25);
      expect(await store.loadCached(account, [id])).toEqual([past]);
    }
    expect(await store.loadCached(account, ids)).toHaveLength(8);
  });

  it('a command on more streams than there is room for goes through', async () => {
    const { store, log } = open({ capacity });
    const ids = Array.from({ length: 30 }, () => newId());
    for (let round = 1; round <= 2; round += 1) {
      await store.transact((tx) => {
        tx.loadAll(account, [...ids, ids[0] ?? '']);
        for (const id of ids) tx.append(account, id, [new Deposited({ amount: 1 })]);
      });
      expect(await log.streamVersion(`account-${ids[29] ?? ''}`)).toBe(round);
    }
    await store.transact((tx) => {
      expect(tx.readAll(account, ids).map(({ version }) => version)).toEqual(ids.map(() => 2));
    });
  });
});

describe('the states in memory', () => {
  it('are brought up to date by a load, and stay as they are otherwise', async () => {
    const [here, there] = [open(), open()];
    const id = newId();
    await there.store.transact((tx) => deposit(tx, id));
    expect((await here.store.load(account, id)).state.balance).toBe(1);
    await there.store.transact((tx) => deposit(tx, id));
    expect(here.store.known(account, id)?.state.balance).toBe(1);
    expect(await here.store.loadCached(account, [id])).toMatchObject([{ version: 1 }]);
    expect(await here.store.load(account, id)).toMatchObject({ version: 2, state: { balance: 2 } });
    expect(here.store.known(account, id)?.state.balance).toBe(2);
    expect(await here.store.load(account, newId())).toEqual(emptyStream(account));
  });

  it('are bounded by the events that they were folded from, also where streams grow', async () => {
    const { store, cache } = open({ capacity: 100 });
    const ids = Array.from({ length: 10 }, () => newId());
    for (const id of ids) await store.transact((tx) => deposit(tx, id));
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(ids.map((id) => store.transact((tx) => deposit(tx, id))));
    }
    const kept = ids.flatMap((id) => cache.get(streamRef(account, id)) ?? []);
    expect(kept.reduce((sum, { latest }) => sum + latest.version, 0)).toBeLessThanOrEqual(100);
    expect(kept).not.toHaveLength(0);
  });

  it('are not read again, and not twice at a time', async () => {
    const id = newId();
    const { log, store } = open();
    await store.transact((tx) => deposit(tx, id));
    let reads = 0;
    const cache = new StateCache(
      {
        readStreams: (tails) => {
          reads += 1;
          return log.readStreams(tails);
        },
      },
      100,
    );
    const ref = streamRef(account, id);
    const cells = await Promise.all(Array.from({ length: 5 }, () => cache.load([ref])));
    expect(new Set(cells.flat()).size).toBe(1);
    expect(cells[0]?.[0]?.committed.version).toBe(1);
    const late = cache.load([ref, streamRef(account, newId())]);
    expect((await late)[0]).toBe(cells[0]?.[0]);
    expect(reads).toBe(2);
    await cache.load([ref]);
    expect(reads).toBe(2);
  });

  it('are weighed again only after they have grown, and never weigh more than they are charged', () => {
    const cache = new StateCache({ readStreams: () => Promise.resolve([]) }, 100);
    const ref = streamRef(account, 'x');
    const cell = new StreamCell(ref.decider, { ...emptyStream(account), version: 60 });
    cache.keep(ref, cell);
    // 64 are charged as 80: there is room for 16 more events, but not for another 30.
    cell.refresh({ ...cell.committed, version: 76 });
    cache.keep(ref, cell);
    expect(cache.get(ref)).toBe(cell);
    cell.refresh({ ...cell.committed, version: 77 });
    cache.keep(ref, cell);
    // 81 are charged as 102, which is more than there is room for.
    expect(cache.get(ref)).toBeUndefined();
  });

  it('are weighed by the size of their events, whether they were stored here or loaded', async () => {
    const note = 'x'.repeat(5_000);
    const [here, there] = [open(), open()];
    const id = newId();
    await here.store.transact((tx) => {
      tx.load(account, id);
      tx.append(account, id, [new Deposited({ amount: 1, note })]);
    });
    const weightAt = ({ cache }: typeof here): number | undefined =>
      cache.get(streamRef(account, id))?.weight;
    expect(weightAt(here)).toBe(11);
    await there.store.load(account, id);
    expect(weightAt(there)).toBe(11);
    await there.store.transact((tx) => {
      tx.load(account, id);
      tx.append(account, id, [new Deposited({ amount: 1, note })]);
    });
    expect(weightAt(there)).toBe(22);
    await here.store.load(account, id);
    expect(weightAt(here)).toBe(22);
  });

  it('keep the cell that others already use', () => {
    const cache = new StateCache({ readStreams: () => Promise.resolve([]) }, 100);
    const ref = streamRef(account, 'x');
    const [cell, other] = [1, 2].map(() => new StreamCell(ref.decider, emptyStream(account)));
    if (!cell || !other) throw new Error('There are two.');
    cache.keep(ref, cell);
    cache.keep(ref, other);
    expect(cache.get(ref)).toBe(cell);
  });

  it('do not take the guess that a stream is new for knowledge', async () => {
    const [here, there] = [open(), open()];
    const id = newId();
    await there.store.transact((tx) => deposit(tx, id));
    const created = here.store.transact((tx) => {
      if (tx.create(account, id).version > 0) return 'it was there';
      tx.append(account, id, [new Deposited({ amount: 1 })]);
      return 'created';
    });
    const [state] = await here.store.loadCached(account, [id]);
    expect(state?.version).toBeGreaterThanOrEqual(1);
    expect(await created).toBe('it was there');
  });

  it('let go of appends that are over', async () => {
    const { store, cache } = open();
    const id = newId();
    for (let round = 0; round < 20; round += 1)
      await Promise.all([1, 2, 3].map(() => store.transact((tx) => deposit(tx, id))));
    expect(cache.get(streamRef(account, id))?.tail).toBeUndefined();
  });

  it('are told by the settled log that another process has moved on', async () => {
    const { store, cache } = open();
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    const other = openLog(stores.url);
    await other.append(append([write(`account-${id}`, 1)])).result;
    for (const event of await other.readStream(`account-${id}`)) cache.observe(event);
    expect(store.known(account, id)).toEqual(await store.load(account, id, { version: 9 }));
    expect(store.known(account, id)?.version).toBe(2);
    await other.close();
  });

  it('are forgotten if the settled log has moved on by more than they have seen', async () => {
    const { store, cache } = open();
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    const other = openLog(stores.url);
    await other.append(append([write(`account-${id}`, 1, 2)])).result;
    const [, , third] = await other.readStream(`account-${id}`);
    if (third) cache.observe(third);
    expect(store.known(account, id)).toBeUndefined();
    expect((await store.loadCached(account, [id]))[0]?.version).toBe(3);
    await other.close();
  });

  it('are watched until a decision of this process changes them', async () => {
    const { store } = open();
    const id = newId();
    expect(store.watch(account, id)).toBeUndefined();
    await store.transact((tx) => deposit(tx, id));
    const first = store.watch(account, id);
    expect(first).toMatchObject({ isCurrent: true, value: { version: 1, state: { balance: 1 } } });
    expect(store.watch(account, id)).toBe(first);
    await store.transact((tx) => void tx.read(account, id));
    expect(first?.isCurrent).toBe(true);
    await store.transact((tx) => deposit(tx, id));
    expect(first).toMatchObject({ isCurrent: false, value: { version: 1 } });
    expect(store.watch(account, id)).toMatchObject({ isCurrent: true, value: { version: 2 } });
  });

  it('are watched until a load finds that another process has moved on', async () => {
    const [here, there] = [open(), open()];
    const id = newId();
    await here.store.transact((tx) => deposit(tx, id));
    const watched = here.store.watch(account, id);
    await there.store.transact((tx) => deposit(tx, id));
    expect(watched?.isCurrent).toBe(true);
    await here.store.load(account, id);
    expect(watched?.isCurrent).toBe(false);
  });

  it.each([
    ['moved on', 1],
    ['moved on by more than they have seen', 2],
  ])('are watched until the settled log has %s', async (_, count) => {
    const { store, cache } = open();
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    const watched = store.watch(account, id);
    const other = openLog(stores.url);
    await other.append(append([write(`account-${id}`, 1, count)])).result;
    const last = (await other.readStream(`account-${id}`)).at(-1);
    if (last) cache.observe(last);
    expect(watched?.isCurrent).toBe(false);
    await other.close();
  });

  it('are watched until they leave the memory', async () => {
    const { store } = open({ capacity: 100 });
    const id = newId();
    await store.transact((tx) => deposit(tx, id));
    const watched = store.watch(account, id);
    for (let count = 0; count < 50; count += 1) {
      const other = newId();
      await store.transact((tx) => deposit(tx, other));
    }
    expect(store.watch(account, id)).toBeUndefined();
    expect(watched?.isCurrent).toBe(false);
  });

  it('are never taken for fresh when their loading had begun before', async () => {
    const id = newId();
    const { log } = open();
    const loading = new Gate();
    // A log whose first answer is long in coming: it was read before the deposit, and arrives after it.
    const slow: Pick<EventLog, 'readStreams'> = {
      readStreams: async (tails) => {
        const events = await log.readStreams(tails);
        await loading.pass();
        return events;
      },
    };
    const cache = new StateCache(slow, 1_000);
    const store = new EventStore(log, cache);
    const first = cache.load([streamRef(account, id)]);
    await loading.reached;
    await log.append(append([write(`account-${id}`, 0)])).result;
    const balance = store.transact((tx) => tx.load(account, id).state.balance);
    loading.open();
    await first;
    expect(await balance).toBe(1);
  });
});

/** Holds up whoever comes until it is opened. */
class Gate {
  readonly reached: Promise<void>;
  private arrive!: () => void; // set by the promise's executor, which runs at once
  open!: () => void; // likewise
  private readonly opened: Promise<void>;

  constructor() {
    this.reached = new Promise((resolve) => (this.arrive = resolve));
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  async pass(): Promise<void> {
    this.arrive();
    await this.opened;
  }
}
