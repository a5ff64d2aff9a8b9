import { debounceTime, delay, filter, map, scan, type Observable } from 'rxjs';
import { event, recordOf } from '../index.js';
import { sagaContract } from './saga-contract.js';

class Counted extends event('test.counted')<{ count: number }>() {}

const events = [1, 2, 3].map((count) => new Counted({ count }));
type Saga = (stream: Observable<Counted>) => Observable<unknown>;

describe('the contract of a saga', () => {
  it('is kept by one that looks at each event by itself, and gives what it yields', async () => {
    const saga: Saga = (stream) =>
      stream.pipe(
        filter(({ count }) => count !== 2),
        map((counted) => ({ count: counted.count, at: recordOf(counted).occurredAt.toISOString() })),
      );
    expect(await sagaContract(saga, events)).toEqual([
      { count: 1, at: '2030-01-01T00:00:00.000Z' },
      { count: 3, at: '2030-01-01T00:00:02.000Z' },
    ]);
  });

  it('is kept by one that delays what it yields, and does not wait for that', async () => {
    const saga: Saga = (stream) =>
      stream.pipe(
        delay(86_400_000),
        map(({ count }) => ({ count })),
      );
    expect(await sagaContract(saga, events)).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);
  });

  it('is broken by operators that keep something between events', async () => {
    const adding: Saga = (stream) => stream.pipe(scan((sum, { count }) => sum + count, 0));
    const settling: Saga = (stream) => stream.pipe(debounceTime(1));
    for (const saga of [adding, settling])
      await expect(sagaContract(saga, events)).rejects.toThrow(/on each event separately/);
  });

  it('is broken by a saga that remembers by itself', async () => {
    const seen = new Set<number>();
    let runs = 0;
    const once: Saga = (stream) => stream.pipe(filter(({ count }) => !seen.has(count) && !!seen.add(count)));
    await expect(sagaContract(once, events)).rejects.toThrow(/on each event separately/);
    const tired: Saga = (stream) => {
      runs += 1;
      return stream.pipe(filter(() => runs <= 1 + events.length));
    };
    await expect(sagaContract(tired, events)).rejects.toThrow(/are repeated/);
  });
});
