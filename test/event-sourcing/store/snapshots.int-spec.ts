import type { Decider } from '../../../src/event-sourcing/kernel/decider.js';
import type { SnapshotOptions } from '../../../src/event-sourcing/kernel/snapshot-options.js';
import { streamRef } from '../../../src/event-sourcing/store/stream-ref.js';
import { eventually } from '../../support/eventually.js';
import { account, Deposited, type Account, type AccountEvent } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { openStore, type OpenStore, type StoreOptions } from '../support/stores.js';

const EVERY = 10;

/** An account with snapshots. Each call makes a decider with the same fold. */
function withSnapshots(options: Partial<SnapshotOptions<Account>> = {}): Decider<Account, AccountEvent> {
  return { ...account, snapshots: { every: EVERY, version: 1, ...options } };
}

interface Row {
  readonly stream: string;
  readonly decider: string;
  readonly version: number;
}

let database: LogDatabase;
let opened: OpenStore[];
beforeEach(async () => {
  database = await LogDatabase.create();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map(({ log }) => log.close()));
  await database.drop();
});

/** Another process, with nothing in memory. */
function open(options?: StoreOptions): OpenStore {
  const made = openStore(database.url, options);
  opened.push(made);
  return made;
}

/** Deposits 1 as often, each time in an append of its own, and waits for the snapshots. */
async function fill(
  { store, snapshots }: OpenStore,
  decider: Decider<Account, AccountEvent>,
  events: number,
  id = '1',
): Promise<void> {
  for (let count = 0; count < events; count += 1) {
    await store.transact((tx) => {
      tx.load(decider, id);
      tx.append(decider, id, [new Deposited({ amount: 1 })]);
    });
  }
  await snapshots.done();
}

const rows = (): Promise<Row[]> =>
  database.query<Row & Record<string, unknown>>(
    'SELECT stream, decider, version FROM stream_snapshot ORDER BY stream, decider',
  );

/** Loads a state without anything in memory. Counts the events that are read. */
async function loadAfresh(
  decider: Decider<Account, AccountEvent>,
  id = '1',
): Promise<{ balance: number; version: number; read: number; process: OpenStore }> {
  const process = open();
  let read = 0;
  const readStreams = process.log.readStreams.bind(process.log);
  process.log.readStreams = async (tails) => {
    const events = await readStreams(tails);
    read += events.length;
    return events;
  };
  const { state, version } = await process.store.load(decider, id);
  await process.snapshots.done();
  return { balance: state.balance, version, read, process };
}

describe('a snapshot', () => {
  it('is taken after so many events, and replaced by the next one', async () => {
    const process = open();
    const decider = withSnapshots();
    await fill(process, decider, EVERY - 1);
    expect(await rows()).toEqual([]);
    await fill(process, decider, 1);
    expect(await rows()).toEqual([{ stream: 'account-1', decider: 'account', version: EVERY }]);
    await fill(process, decider, EVERY + 3);
    expect(await rows()).toEqual([{ stream: 'account-1', decider: 'account', version: 2 * EVERY }]);
    expect(process.reports.map(({ fate }) => fate)).toEqual(['written', 'written']);
  });

  it('spares whoever loads the stream the events before it', async () => {
    await fill(open(), withSnapshots(), 23);
    expect(await loadAfresh(withSnapshots())).toMatchObject({ balance: 23, version: 23, read: 3 });
    expect(await loadAfresh(account)).toMatchObject({ balance: 23, version: 23, read: 23 });
  });

  it('is taken by whoever has loaded a long stream that has none', async () => {
    await fill(open(), account, 23);
    expect(await loadAfresh(withSnapshots())).toMatchObject({ read: 23 });
    expect(await rows()).toMatchObject([{ version: 23 }]);
    expect(await loadAfresh(withSnapshots())).toMatchObject({ balance: 23, version: 23, read: 0 });
  });

  it('is not taken of a decider that declares none', async () => {
    await fill(open(), account, 23);
    await loadAfresh(account);
    expect(await rows()).toEqual([]);
  });

  it('begins states of the past, if it is not after them', async () => {
    const writer = open();
    await fill(writer, withSnapshots(), 23);
    const { store } = open();
    const decider = withSnapshots();
    for (const version of [5, 19, 20, 21, 23, 99]) {
      const past = await store.load(decider, '1', { version });
      expect(past).toEqual(await writer.store.load(account, '1', { version }));
      const { occurredAt } = past;
      if (!occurredAt) throw new Error('The stream has events.');
      const atTime = await store.load(decider, '1', { time: occurredAt });
      expect(atTime).toEqual(await writer.store.load(account, '1', { time: occurredAt }));
    }
  });

  it('lets a long stream with a small state stay in memory', async () => {
    await fill(open(), withSnapshots(), 60);
    const { store, cache, snapshots } = open({ capacity: 40 });
    const decider = withSnapshots();
    await store.load(decider, '1');
    await snapshots.done();
    expect(cache.get(streamRef(decider, '1'))?.committed.version).toBe(60);
    await store.load(account, '1');
    expect(cache.get(streamRef(account, '1'))).toBeUndefined();
  });
});

describe('a snapshot of another fold', () => {
  it.each<[string, Decider<Account, AccountEvent>]>([
    ['another version', withSnapshots({ version: 2 })],
    [
      'another evolve of the same version',
      {
        ...withSnapshots(),
        evolve: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
      },
    ],
    ['another initial state', { ...withSnapshots(), initialState: { ...account.initialState, lastAt: 1 } }],
    ['a parse of its own', withSnapshots({ parse: (json) => json as Account })],
  ])('is ignored and replaced: %s', async (_, changed) => {
    await fill(open(), withSnapshots(), 20);
    const { process, ...loaded } = await loadAfresh(changed);
    expect(loaded).toEqual({ balance: 20, version: 20, read: 20 });
    expect(process.reports.map(({ fate }) => fate)).toEqual(['written']);
    expect(await rows()).toHaveLength(1);
    expect(await loadAfresh(changed)).toMatchObject({ balance: 20, version: 20, read: 0 });
    expect(await loadAfresh(withSnapshots())).toMatchObject({ read: 20 });
  });

  it('is ignored if an upcaster has changed, because it changes what evolve gets', async () => {
    await fill(open(), withSnapshots(), 20);
    const later = open();
    Object.defineProperty(later.log.registry, 'upcasting', { value: 'another upcaster' });
    const cells = await later.snapshots.load([streamRef(withSnapshots(), '1')]);
    expect(cells).toEqual([undefined]);
  });

  it('lies beside that of a second decider of the category, which has a name of its own', async () => {
    const process = open();
    const [one, other] = [withSnapshots(), withSnapshots({ name: 'other' })];
    await fill(process, one, 10);
    await fill(process, other, 10);
    expect(await rows()).toMatchObject([
      { decider: 'account', version: 10 },
      { decider: 'other', version: 20 },
    ]);
    await expect(process.store.load(withSnapshots(), '2')).rejects.toThrow(
      /Two deciders take snapshots under the name "account"/,
    );
  });
});

describe('a snapshot that does not match the log', () => {
  it('is ignored and replaced if it is ahead of the stream', async () => {
    await fill(open(), withSnapshots(), 20);
    await database.query('UPDATE stream_snapshot SET version = 30');
    expect(await loadAfresh(withSnapshots())).toMatchObject({ balance: 20, version: 20, read: 20 });
    expect(await rows()).toMatchObject([{ version: 20 }]);
  });

  it('is ignored and replaced if the log has another event at its version', async () => {
    await fill(open(), withSnapshots(), 20);
    await database.query('UPDATE stream_snapshot SET event_id = gen_random_uuid()');
    expect(await loadAfresh(withSnapshots())).toMatchObject({ read: 20 });
    expect(await loadAfresh(withSnapshots())).toMatchObject({ read: 0 });
  });

  it('is not written by a process that still remembers the log before it was restored', async () => {
    const process = open();
    const ref = streamRef(withSnapshots(), '1');
    await fill(open(), account, EVERY);
    const [cell] = await process.cache.load([ref]);
    await process.snapshots.done();
    await database.query('DELETE FROM stream_snapshot');
    if (!cell) throw new Error('It was loaded.');
    cell.eventId = '0190a000-0000-7000-8000-000000000000';
    cell.snapshotDueFrom = 0;
    process.snapshots.consider(ref, cell);
    await process.snapshots.done();
    expect(await rows()).toEqual([]);
  });
});

describe('a damaged snapshot', () => {
  it.each([
    ['its state is another one', `state = '{"balance":1000,"movements":1,"lastAt":0}'`],
    ['its state is no JSON', `state = '{'`],
    [
      'its version is another one of the stream',
      `version = 5, event_id = (SELECT id FROM event_log WHERE version = 5)`,
    ],
  ])('is ignored, reported and replaced: %s', async (_, change) => {
    await fill(open(), withSnapshots(), 20);
    await database.query(`UPDATE stream_snapshot SET ${change}`);
    const { process, ...loaded } = await loadAfresh(withSnapshots());
    expect(loaded).toEqual({ balance: 20, version: 20, read: 20 });
    expect(process.reports.map(({ fate }) => fate)).toEqual(['ignored', 'written']);
    expect(String(process.reports[0]?.error)).toContain('account-1');
    expect(await loadAfresh(withSnapshots())).toMatchObject({ read: 0 });
  });

  it('is ignored if parse refuses it', async () => {
    let refuse = false;
    const parse = (json: unknown): Account => {
      if (refuse) throw new Error('refused');
      return json as Account;
    };
    await fill(open(), withSnapshots({ parse }), 20);
    refuse = true;
    const { process, ...loaded } = await loadAfresh(withSnapshots({ parse }));
    expect(loaded).toEqual({ balance: 20, version: 20, read: 20 });
    expect(process.reports[0]).toMatchObject({ fate: 'ignored', stream: 'account-1', decider: 'account' });
  });
});

describe('a snapshot that cannot be written', () => {
  it('is reported and changes nothing else, also when it cannot be read', async () => {
    await database.query('ALTER TABLE stream_snapshot RENAME TO gone');
    const process = open();
    await fill(process, withSnapshots(), 25);
    expect(process.reports.map(({ fate }) => fate)).toEqual(['ignored', 'failed', 'failed']);
    const loaded = await loadAfresh(withSnapshots());
    expect(loaded).toMatchObject({ balance: 25, version: 25, read: 25 });
  });

  it('holds up no append while another session has locked its row', async () => {
    const process = open();
    const decider = withSnapshots();
    await fill(process, decider, 10);
    const locker = await database.connect();
    await locker.query('BEGIN');
    await locker.query('SELECT FROM stream_snapshot FOR UPDATE');
    for (let count = 0; count < 2 * EVERY; count += 1) {
      await process.store.transact((tx) => {
        tx.load(decider, '1');
        tx.append(decider, '1', [new Deposited({ amount: 1 })]);
      });
    }
    expect(process.store.known(decider, '1')?.version).toBe(30);
    expect(await rows()).toMatchObject([{ version: 10 }]);
    await locker.query('ROLLBACK');
    await eventually('the snapshot', rows, ([row]) => row?.version === 30);
  });

  it('is refused if the state would not survive JSON', async () => {
    const process = open();
    const dated: Decider<{ readonly at: Date }, AccountEvent> = {
      category: 'account',
      initialState: { at: new Date(0) },
      evolve: (_, __, at) => ({ at }),
      snapshots: { every: 1, version: 1 },
    };
    await process.store.transact((tx) => {
      tx.load(dated, '1');
      return tx.append(dated, '1', [new Deposited({ amount: 1 })]).version;
    });
    await process.snapshots.done();
    expect(process.reports).toMatchObject([{ fate: 'failed', stream: 'account-1' }]);
    expect(String(process.reports[0]?.error)).toContain('snapshots.serialize');
    expect(await rows()).toEqual([]);
  });

  it.each([
    ['every', { every: 0 }],
    ['version', { version: 1.5 }],
  ])('is an error if its option "%s" is not a positive whole number', async (name, options) => {
    await expect(open().store.load(withSnapshots(options), '1')).rejects.toThrow(
      new RegExp(`snapshots\\.${name} of decider "account"`),
    );
  });
});

it('keeps states that are no JSON, with serialize and parse', async () => {
  interface Days {
    readonly byDay: ReadonlyMap<string, number>;
    readonly last: Date | undefined;
  }
  const days: Decider<Days, AccountEvent> = {
    category: 'account',
    initialState: { byDay: new Map(), last: undefined },
    evolve: ({ byDay }, { amount }, at) => ({
      byDay: new Map([...byDay, [at.toISOString().slice(0, 10), amount]]),
      last: at,
    }),
    snapshots: {
      every: 5,
      version: 1,
      serialize: ({ byDay, last }) => ({ byDay: [...byDay], last: last?.getTime() }),
      parse: (json) => {
        const { byDay, last } = json as { byDay: [string, number][]; last?: number };
        return { byDay: new Map(byDay), last: last === undefined ? undefined : new Date(last) };
      },
    },
  };
  const process = open();
  for (let count = 0; count < 5; count += 1) {
    await process.store.transact((tx) => {
      tx.load(days, '1');
      tx.append(days, '1', [new Deposited({ amount: count })]);
    });
  }
  await process.snapshots.done();
  expect(await rows()).toMatchObject([{ version: 5 }]);
  const [found] = await open().snapshots.load([streamRef({ ...days }, '1')]);
  expect(found?.state).toEqual(process.store.known(days, '1'));
});

describe('two processes', () => {
  it('never replace a newer snapshot by an older one', async () => {
    const [ahead, behind] = [open(), open()];
    const [one, other] = [withSnapshots(), withSnapshots()];
    await fill(behind, other, EVERY - 1);
    await fill(ahead, one, 2 * EVERY);
    expect(await rows()).toMatchObject([{ version: 20 }]);
    const [cell] = await behind.cache.load([streamRef(other, '1')]);
    expect(cell?.committed.version).toBe(EVERY - 1);
    if (!cell) throw new Error('It is in memory.');
    cell.snapshotDueFrom = -1;
    behind.snapshots.consider(streamRef(other, '1'), cell);
    await behind.snapshots.done();
    expect(await rows()).toMatchObject([{ version: 20 }]);
  });
});
