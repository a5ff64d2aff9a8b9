import { event } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { RecentEvents } from '../log/settled/recent-events.js';
import type { PlacedRows } from '../projections/view-rows.js';
import { ViewWatch } from '../projections/view-watch.js';
import { OfflineDataSource } from '../testing/in-memory/offline-data-source.js';
import { BEHIND, LiveView, type LiveViewParts } from './live-view.js';
import { ReadReplicas } from './read-replicas.js';

class Added extends event('sum.added')<{ amount: number }>() {}
class Ignored extends event('sum.ignored')<{ amount: number }>() {}

interface Sum {
  readonly total: number;
  readonly version: number;
}

const METADATA = {
  correlationId: 'c',
  causationId: 'c',
  actor: { type: 'system', id: null },
  commandId: 'c',
};
const OURS = 'release 2';
const OFFLINE = new OfflineDataSource();

/** A log, and a view that another process keeps. */
class World {
  readonly log: RecordedEvent[] = [];
  /** Up to here the log is settled at this process. */
  mark = 0;
  /** What the view has. */
  view: Omit<PlacedRows, 'rows' | 'isHeldUp'> = { position: 0, writer: 'one', release: OURS };
  readonly heldUp = new Set<string>();
  readonly rows = new Map<string, Sum>();
  /** Reads of the view. */
  reads = 0;
  readonly recent = new RecentEvents();
  readonly watch = new ViewWatch();
  /** Runs in the middle of each read of the view: after its snapshot, before its answer. */
  meanwhile: () => void = () => undefined;
  /** Where a page of the log ends that another reader has asked for. */
  pageUpTo = Infinity;
  readonly live: LiveView<Sum | undefined>;

  constructor(more: Partial<LiveViewParts> = {}) {
    this.recent.restartAt(0);
    this.live = new LiveView({
      source: {
        keyOf: ({ stream }) => stream.slice('sum-'.length),
        evolve: (rows, recorded) => evolve(rows as Sum | undefined, recorded),
        weigh: (rows) => (rows ? 1 : 0),
        read: async (key) => this.read(key),
        isFilled: () => Promise.resolve(true),
        name: 'sums',
        progress: () => Promise.resolve({ ...this.view, isParked: false, hasParked: false }),
        dataSource: OFFLINE,
      },
      types: new Set([Added.type]),
      settled: this.settled(),
      head: { position: () => Promise.resolve(this.log.length) },
      watch: this.watch,
      replicas: new ReadReplicas([], {}),
      release: OURS,
      capacity: 100,
      ...more,
    });
  }

  /** Stores an event; every process can see it. */
  append(key: string, amount: number, type: typeof Added | typeof Ignored = Added): void {
    const stream = `sum-${key}`;
    const position = this.log.length + 1;
    const version = this.log.filter((recorded) => recorded.stream === stream).length + 1;
    const occurredAt = new Date(position);
    this.log.push({
      position,
      stream,
      version,
      id: String(position),
      occurredAt,
      metadata: METADATA,
      event: new type({ amount }),
    });
  }

  /** This process hears of all that is stored. */
  settle(): void {
    const events = this.log.slice(this.mark);
    this.recent.add(events);
    for (const recorded of events) this.live.take(recorded);
    this.mark = this.log.length;
  }

  /** The view takes in all that is stored. */
  write(): void {
    for (const recorded of this.log.slice(this.view.position)) {
      if (recorded.event.type !== Added.type) continue;
      const key = recorded.stream.slice('sum-'.length);
      const next = evolve(this.rows.get(key), recorded);
      if (next) this.rows.set(key, next);
    }
    this.view = { ...this.view, position: this.log.length };
    this.watch.notify();
  }

  private async read(key: string): Promise<PlacedRows> {
    this.reads += 1;
    const read = { ...this.view, rows: this.rows.get(key), isHeldUp: this.heldUp.has(key) };
    await Promise.resolve();
    this.meanwhile();
    return read;
  }

  private settled(): LiveViewParts['settled'] {
    const mark = (): number => this.mark;
    return {
      get mark() {
        return mark();
      },
      reached: (position) => {
        if (this.mark < position) this.settle();
        return Promise.resolve(true);
      },
      read: (after, limit) =>
        Promise.resolve(this.log.slice(after, Math.min(after + limit, this.mark, this.pageUpTo))),
      recentAfter: (after, limit) => this.recent.after(after, limit),
    };
  }
}

function evolve(sum: Sum | undefined, { event, version }: RecordedEvent): Sum | undefined {
  const { amount } = event as Added;
  if (amount < 0) throw new Error('No negative amounts.');
  return { total: (sum?.total ?? 0) + amount, version };
}

let world: World;
beforeEach(() => {
  world = new World();
});

const read = (key = 'a') => world.live.read(key);

describe('a live view', () => {
  it('folds events that the view lacks onto its rows', async () => {
    world.append('a', 1);
    world.write();
    world.append('a', 2);
    world.append('b', 7);
    world.append('a', 3, Ignored);
    expect(await read()).toEqual({ total: 3, version: 2 });
    expect(await read('b')).toEqual({ total: 7, version: 1 });
    expect(await read('nobody')).toBeUndefined();
  });

  it('reads a key from the view once, and then keeps it up to date in memory', async () => {
    world.append('a', 1);
    world.write();
    await read();
    for (let amount = 2; amount < 10; amount += 1) {
      world.append('a', 1);
      world.append('b', 1);
      expect(await read()).toEqual({ total: amount, version: amount });
    }
    expect(world.reads).toBe(1);
  });

  it('folds no event twice if the view is ahead of this process', async () => {
    world.append('a', 1);
    world.write();
    const behind = new World({ head: { position: () => Promise.resolve(0) } });
    behind.append('a', 1);
    behind.append('a', 1);
    behind.write();
    expect(behind.mark).toBe(0);
    expect(await behind.live.read('a')).toEqual({ total: 2, version: 2 });
    behind.append('a', 1);
    behind.settle();
    expect(await behind.live.read('a')).toEqual({ total: 3, version: 3 });
    expect(behind.reads).toBe(1);
  });

  it('misses no event that settles while the view is read', async () => {
    world.append('a', 1);
    world.write();
    world.settle();
    world.meanwhile = () => {
      world.append('a', 1);
      world.settle();
    };
    const both = await Promise.all([read(), read()]);
    expect(both).toEqual([
      { total: 2, version: 2 },
      { total: 2, version: 2 },
    ]);
    expect(world.reads).toBe(1);
    world.meanwhile = () => undefined;
    expect(await read()).toEqual({ total: 2, version: 2 });
  });

  it('reads the log if the events that the view lacks are no longer in memory', async () => {
    world.append('a', 1);
    world.append('a', 1);
    world.settle();
    world.recent.restartAt(2);
    world.append('a', 1);
    expect(await read()).toEqual({ total: 3, version: 3 });
  });

  it('misses no event that settled after a page of the log that it shares was asked for', async () => {
    world.append('a', 1);
    world.append('a', 1);
    world.settle();
    world.recent.restartAt(2);
    world.pageUpTo = 2;
    world.append('a', 1);
    expect(await read()).toEqual({ total: 3, version: 3 });
    expect(await read()).toEqual({ total: 3, version: 3 });
  });

  it('is behind while the view is being filled', async () => {
    for (let count = 0; count < 5_000; count += 1) world.append('b', 1);
    world.settle();
    world.recent.restartAt(5_000);
    expect(await read()).toBe(BEHIND);
  });

  it('is behind if the log does not settle in time', async () => {
    const settled = { mark: 0, reached: () => Promise.resolve(false) };
    world = new World({ settled: settled as unknown as LiveViewParts['settled'] });
    world.append('a', 1);
    expect(await read()).toBe(BEHIND);
  });

  it('fails if the head of the log cannot be read, while a glance still works', async () => {
    const head = { position: () => Promise.reject(new Error('out of reach')) };
    world = new World({ head });
    world.append('a', 1);
    world.write();
    await expect(read()).rejects.toThrow('out of reach');
    expect(await world.live.glance('a')).toEqual({ total: 1, version: 1 });
  });

  it('drops a row if evolve throws, and keeps the others', async () => {
    world.append('a', 1);
    world.append('b', 1);
    world.write();
    await read('a');
    await read('b');
    world.append('a', -1);
    expect(await read('a')).toBe(BEHIND);
    expect(await read('b')).toEqual({ total: 1, version: 1 });
    expect(world.reads).toBe(3);
  });

  it('is behind for a key with parked events, whether or not it was in memory', async () => {
    world.append('a', 1);
    world.write();
    await read();
    world.heldUp.add('a');
    world.live.follow('one', OURS, ['a']);
    expect(await read()).toBe(BEHIND);
    world.heldUp.delete('a');
    world.live.follow('one', OURS, []);
    expect(await read()).toEqual({ total: 1, version: 1 });
  });

  it('keeps nothing in memory if too many keys have parked events', async () => {
    world.append('a', 1);
    world.write();
    await read();
    world.live.follow('one', OURS, undefined);
    await read();
    expect(world.reads).toBe(2);
  });

  it('shows the rows of a rebuild once it knows the new writer', async () => {
    world.append('a', 1);
    world.write();
    await read();
    world.rows.set('a', { total: 100, version: 1 });
    world.view = { ...world.view, writer: 'two' };
    world.live.follow('two', OURS, []);
    expect(await read()).toEqual({ total: 100, version: 1 });
  });

  it('notices a rebuild with any read of the view', async () => {
    world.append('a', 1);
    world.append('b', 1);
    world.write();
    await read('a');
    world.rows.set('a', { total: 100, version: 1 });
    world.view = { ...world.view, writer: 'two' };
    await read('b');
    expect(await read('a')).toEqual({ total: 100, version: 1 });
  });

  it('does not keep rows of a view that was replaced during the read', async () => {
    world.append('a', 1);
    world.write();
    world.meanwhile = () => {
      world.rows.set('a', { total: 100, version: 1 });
      world.view = { ...world.view, writer: 'two' };
      world.live.follow('two', OURS, []);
      world.meanwhile = () => undefined;
    };
    expect(await read()).toEqual({ total: 100, version: 1 });
    expect(await read()).toEqual({ total: 100, version: 1 });
    expect(world.reads).toBe(2);
  });

  describe('that another release writes', () => {
    beforeEach(() => {
      world.view = { ...world.view, release: 'release 1' };
      world.append('a', 1);
      world.write();
    });

    it('answers from the view each time', async () => {
      expect(await read()).toEqual({ total: 1, version: 1 });
      expect(await read()).toEqual({ total: 1, version: 1 });
      expect(world.reads).toBe(2);
    });

    it('waits until that release has processed the event', async () => {
      world.append('a', 1);
      const waiting = read();
      world.append('a', 5);
      await new Promise((resolve) => setTimeout(resolve, 50));
      world.write();
      expect(await waiting).toEqual({ total: 7, version: 3 });
    });

    it('drops the rows in memory when that release takes over', async () => {
      world.view = { ...world.view, release: OURS, writer: 'ours' };
      await read();
      expect(await read()).toEqual({ total: 1, version: 1 });
      expect(world.reads).toBe(1);
      world.view = { ...world.view, release: 'release 1', writer: 'theirs' };
      world.live.follow('theirs', 'release 1', []);
      await read();
      await read();
      expect(world.reads).toBe(3);
    });
  });

  it('keeps no more rows than its capacity, and nothing for keys without rows', async () => {
    world = new World({ capacity: 2 });
    for (const key of ['a', 'b', 'c']) world.append(key, 1);
    world.write();
    for (const key of ['a', 'b', 'none', 'c', 'none', 'b', 'c', 'a']) {
      const rows = await read(key);
      expect(rows).toEqual(key === 'none' ? undefined : { total: 1, version: 1 });
    }
    // Each key once, "none" twice, and "a" again, as it was read longest ago.
    expect(world.reads).toBe(6);
  });
});
