import {
  debounceTime,
  delay,
  EMPTY,
  finalize,
  from,
  interval,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  scan,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { runSaga, type SagaFunction } from './run-saga.js';
import { statefulOperatorOf } from './stateful-operators.js';
import { Delayed } from './virtual-time.js';

const EVENT = { type: 'shop.opened' };
const LONG_MS = 60_000;
const occurredAt = new Date(Date.UTC(2030, 0, 1));
const run = (saga: SagaFunction, longestMs = LONG_MS) =>
  runSaga('opening', saga, { event: EVENT, occurredAt, longestMs });

it('returns the wishes of a saga that only maps events without a promise', () => {
  const saga = (events: Observable<object>) => events.pipe(mergeMap((event) => of(event, 'and more')));
  expect(run(saga)).toEqual([EVENT, 'and more']);
  expect(run(() => EMPTY)).toEqual([]);
});

it('throws the error of a saga that only maps events at once', () => {
  const error = new Error('The shop is closed.');
  expect(() => run(() => throwError(() => error))).toThrow(error);
  expect(() =>
    run(() => {
      throw error;
    }),
  ).toThrow(error);
});

it('waits for a saga that ends later, and runs it once', async () => {
  let runs = 0;
  const saga = (events: Observable<object>) => {
    runs += 1;
    return events.pipe(mergeMap((event) => from(Promise.resolve(event))));
  };
  const wishes = run(saga);
  expect(wishes).toBeInstanceOf(Promise);
  expect(await wishes).toEqual([EVENT]);
  expect(runs).toBe(1);
});

it('rejects with the error of a saga that fails later', async () => {
  const error = new Error('The shop is closed.');
  await expect(run(() => from(Promise.reject(error)))).rejects.toBe(error);
});

describe('a saga with timers', () => {
  it('yields at once what it delays, with the pause', () => {
    const daily = (events: Observable<object>) =>
      events.pipe(
        delay(86_400_000),
        map(() => 'a'),
      );
    expect(run(daily)).toEqual([new Delayed('a', 86_400_000)]);
    const twice = (events: Observable<object>) =>
      events.pipe(
        delay(1_000),
        map(() => 'b'),
        delay(500),
      );
    expect(run(twice)).toEqual([new Delayed('b', 1_500)]);
  });

  it('counts a date from the time of the event', () => {
    const at = new Date(occurredAt.getTime() + 5_000);
    expect(
      run((events) =>
        events.pipe(
          delay(at),
          map(() => 'c'),
        ),
      ),
    ).toEqual([new Delayed('c', 5_000)]);
  });

  it('throws an error that its timers lead to', () => {
    const error = new Error('The shop is closed.');
    expect(() => run(() => timer(1).pipe(mergeMap(() => throwError(() => error))))).toThrow(error);
  });

  it('is refused when it repeats itself without end, and leaves the clock of rxjs as it was', async () => {
    expect(() => run(() => interval(5))).toThrow(
      'Saga "opening" does not end: it has set more than 1000 timers',
    );
    await lastValueFrom(timer(1));
  });
});

it('refuses what a promise leads to after a timer, because its time is unknown', async () => {
  const mixed = (events: Observable<object>) =>
    merge(events.pipe(delay(1_000)), events.pipe(mergeMap((event) => from(Promise.resolve(event)))));
  await expect(run(mixed)).rejects.toThrow('mixes delay with a promise');
});

it('finds operators that keep something between events in the source of a saga', () => {
  const scanning = (events: Observable<object>) => events.pipe(scan((sum) => sum + 1, 0));
  const settling = (events: Observable<object>) => events.pipe(debounceTime(10));
  expect(statefulOperatorOf(scanning)).toBe('scan');
  expect(statefulOperatorOf(settling)).toBe('debounceTime');
  const compiled = (rxjs_1: { sample: () => string }) => (0, rxjs_1.sample)();
  expect(statefulOperatorOf(compiled)).toBe('sample');
  const harmless = (scanner: { scan: () => void }) => {
    scanner.scan();
  };
  expect(statefulOperatorOf(harmless)).toBeUndefined();
});

it('gives up a saga that does not end in time, and unsubscribes from it', async () => {
  let isSubscribed = false;
  const saga = (events: Observable<object>) => {
    isSubscribed = true;
    return events.pipe(
      mergeMap(() => NEVER),
      finalize(() => (isSubscribed = false)),
    );
  };
  await expect(run(saga, 5)).rejects.toThrow('Saga "opening" did not end within 5 ms.');
  expect(isSubscribed).toBe(false);
});
