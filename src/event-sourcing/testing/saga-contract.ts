import { deepStrictEqual } from 'node:assert/strict';
import { concatMap, from, lastValueFrom, of, toArray, type Observable } from 'rxjs';
import type { DomainEvent } from '../kernel/event.js';
import { remember } from '../kernel/record-of.js';
import { collectWishes } from '../runner/run-saga.js';
import { Delayed } from '../runner/virtual-time.js';
import { recorded, timeOf } from './recorded.js';

const LONGEST_MS = 10_000;

/**
 * Runs a saga on a stream of events as a whole, and twice on each event separately. A saga without memory yields the
 * same each time; memory would be lost with the process. The events occur one second apart, from 2030-01-01T00:00:00Z
 * on, and `recordOf` knows them. Pauses, such as that of `delay(1000)`, are not waited for.
 * @returns what the saga yields, in the order of the events
 * @throws AssertionError with the difference if the saga remembers events
 */
export function sagaContract<Event extends DomainEvent>(
  saga: (events: Observable<Event>) => Observable<unknown>,
  events: readonly Event[],
): Promise<unknown[]> {
  events.forEach((event, index) => {
    remember(recorded(event, { position: index + 1 }));
  });
  return withoutMemory(saga, events);
}

/** As `sagaContract`, for events whose records are known. */
export async function withoutMemory<Event>(
  saga: (events: Observable<Event>) => Observable<unknown>,
  events: readonly Event[],
): Promise<unknown[]> {
  const wishesOf = async (stream: Observable<Event>): Promise<unknown[]> => {
    const wishes = await collectWishes('saga', () => saga(stream), timeOf(1), LONGEST_MS);
    return wishes.map((wish) => (wish instanceof Delayed ? wish.wish : wish));
  };

  const whole = await wishesOf(from(events));
  const each = await eventByEvent(events, wishesOf);
  deepStrictEqual(
    each,
    whole,
    'The saga remembers events: on each event separately it yields something else.',
  );
  const again = await eventByEvent(events, wishesOf);
  deepStrictEqual(again, each, 'The saga remembers events: when they are repeated it yields something else.');
  return whole;
}

function eventByEvent<Event>(
  events: readonly Event[],
  wishesOf: (stream: Observable<Event>) => Promise<unknown[]>,
): Promise<unknown[]> {
  return lastValueFrom(
    from(events).pipe(
      concatMap((event) => wishesOf(of(event))),
      concatMap((wishes) => from(wishes)),
      toArray(),
    ),
  );
}
