import { EMPTY, finalize, from, mergeMap, NEVER, of, throwError, timer, type Observable } from 'rxjs';
import { runSaga, type SagaFunction } from './run-saga.js';

const EVENT = { type: 'shop.opened' };
const LONG_MS = 60_000;
const run = (saga: SagaFunction, longestMs = LONG_MS) => runSaga('opening', saga, EVENT, longestMs);

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
  await expect(run(() => timer(1).pipe(mergeMap(() => throwError(() => error))))).rejects.toBe(error);
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
