import type { RecordedEvent } from '../../kernel/recorded-event.js';
import type { StoredListener } from '../event-log.js';
import { LogHead } from './log-head.js';

/** A log whose look-ups are answered when the test says so. */
class FakeLog {
  readonly lookUps: { readonly answer: (position: number) => void; readonly fail: (error: Error) => void }[] =
    [];
  private readonly listeners: StoredListener[] = [];

  lookUpHead(): Promise<number> {
    return new Promise((answer, fail) => this.lookUps.push({ answer, fail }));
  }

  onStored(listener: StoredListener): () => void {
    this.listeners.push(listener);
    return () => undefined;
  }

  /** Stores events at these positions; without positions, it is not known where. */
  stores(...positions: number[]): void {
    const events = positions.map((position) => ({ position }) as RecordedEvent);
    for (const listener of this.listeners) listener(events, events.length > 0);
  }

  /** Resolves when so many look-ups have begun. */
  async begun(count: number): Promise<void> {
    for (let turns = 0; this.lookUps.length < count; turns += 1) {
      if (turns === 100) throw new Error(`There are ${this.lookUps.length} look-ups, not ${count}.`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

let log: FakeLog;
let isAlone: boolean;
let head: LogHead;
beforeEach(() => {
  log = new FakeLog();
  isAlone = false;
  head = new LogHead(log, () => isAlone);
});

/** Has the head looked up for the first time. It is 7. */
async function lookUpFirst(): Promise<void> {
  const first = head.position();
  await log.begun(1);
  log.lookUps[0]?.answer(7);
  await first;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the head of the log', () => {
  it('is looked up once for all readers of a moment', async () => {
    const readers = [head.position(), head.position(), head.position()];
    await log.begun(1);
    log.lookUps[0]?.answer(7);
    expect(await Promise.all(readers)).toEqual([7, 7, 7]);
    expect(log.lookUps).toHaveLength(1);
  });

  it('is never told from a look-up that began before the reader came', async () => {
    const first = head.position();
    await log.begun(1);
    const later = [head.position(), head.position()];
    await turn();
    expect(log.lookUps).toHaveLength(1);
    log.lookUps[0]?.answer(7);
    expect(await first).toBe(7);
    await log.begun(2);
    log.lookUps[1]?.answer(9);
    expect(await Promise.all(later)).toEqual([9, 9]);
    expect(log.lookUps).toHaveLength(2);
  });

  it('is looked up anew after a look-up that failed', async () => {
    const first = head.position();
    await log.begun(1);
    const later = head.position();
    log.lookUps[0]?.fail(new Error('out of reach'));
    await expect(first).rejects.toThrow('out of reach');
    await log.begun(2);
    log.lookUps[1]?.answer(3);
    expect(await later).toBe(3);
  });

  it('is looked up for every reader where other processes write', async () => {
    for (const position of [1, 2]) {
      const reader = head.position();
      await log.begun(position);
      log.lookUps[position - 1]?.answer(position);
      expect(await reader).toBe(position);
    }
  });

  it('moves with the appends of a process that is alone', async () => {
    isAlone = true;
    log.stores(3);
    await lookUpFirst();
    expect(await head.position()).toBe(7);
    log.stores(9, 8);
    expect(await head.position()).toBe(9);
    log.stores(5);
    expect(await head.position()).toBe(9);
    expect(log.lookUps).toHaveLength(1);
  });

  it('includes what a process that is alone stored during the look-up', async () => {
    isAlone = true;
    const reader = head.position();
    await log.begun(1);
    log.stores(8);
    log.lookUps[0]?.answer(7);
    await reader;
    expect(await head.position()).toBe(8);
    expect(log.lookUps).toHaveLength(1);
  });

  it('is told to all readers of a turn together, at its end', async () => {
    isAlone = true;
    await lookUpFirst();
    const readers = [head.position(), head.position()];
    expect(readers[0]).toBe(readers[1]);
    await new Promise((resolve) => {
      process.nextTick(resolve);
    });
    readers.push(head.position());
    expect(readers[2]).toBe(readers[0]);
    log.stores(8);
    expect(await Promise.all(readers)).toEqual([8, 8, 8]);
    expect(head.position()).not.toBe(readers[0]);
    expect(log.lookUps).toHaveLength(1);
  });

  it('is looked up again after an append whose positions are unknown', async () => {
    isAlone = true;
    await lookUpFirst();
    log.stores();
    const reader = head.position();
    await log.begun(2);
    log.stores();
    log.lookUps[1]?.answer(8);
    expect(await reader).toBe(8);
    // Something was stored during the look-up as well, and may be missing in it.
    const last = head.position();
    await log.begun(3);
    log.lookUps[2]?.answer(9);
    expect(await last).toBe(9);
  });

  it('is looked up again by a process that is alone no more', async () => {
    isAlone = true;
    await lookUpFirst();
    isAlone = false;
    const second = head.position();
    await log.begun(2);
    log.lookUps[1]?.answer(8);
    expect(await second).toBe(8);
  });
});
