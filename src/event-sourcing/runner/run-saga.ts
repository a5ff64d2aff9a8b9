import {
  AsyncSubject,
  lastValueFrom,
  map,
  of,
  Subscription,
  throwError,
  timeout,
  toArray,
  type Observable,
} from 'rxjs';
import { EndlessTimers, VirtualTime } from './virtual-time.js';

/** A saga of `@nestjs/cqrs`. */
export type SagaFunction = (events: Observable<object>) => Observable<unknown>;

/** What a saga runs on. */
export interface SagaInput {
  readonly event: object;
  readonly occurredAt: Date;
  /** The longest time that the saga may take, in milliseconds. */
  readonly longestMs: number;
}

/**
 * Runs a saga on one event and collects its wishes; those that come after a pause are `Delayed`. A saga that only maps
 * and delays events ends while it is subscribed to: then there is no promise and no timer.
 * @throws whatever the saga throws; Error for a saga that repeats itself without end
 * @throws Error, through the promise, when the saga does not end within `longestMs`
 */
export function runSaga(
  name: string,
  saga: SagaFunction,
  { event, occurredAt, longestMs }: SagaInput,
): readonly unknown[] | Promise<readonly unknown[]> {
  return collectWishes(name, () => saga(of(event)), occurredAt, longestMs);
}

/** As `runSaga`, for what a saga makes of any stream of events. */
export function collectWishes(
  name: string,
  start: () => Observable<unknown>,
  occurredAt: Date,
  longestMs: number,
): readonly unknown[] | Promise<readonly unknown[]> {
  const time = new VirtualTime(occurredAt.getTime());
  const end = new AsyncSubject<readonly unknown[]>();
  const outcome: { wishes?: readonly unknown[]; error?: { readonly thrown: unknown } } = {};
  end.subscribe({
    next: (wishes) => (outcome.wishes = wishes),
    error: (thrown: unknown) => (outcome.error = { thrown }),
  });
  const mark = map((wish: unknown) => time.mark(wish));
  let run = Subscription.EMPTY;
  try {
    time.run(() => {
      run = start().pipe(mark, toArray()).subscribe(end);
    });
  } catch (error) {
    run.unsubscribe();
    throw error instanceof EndlessTimers ? new Error(`Saga "${name}" does not end: ${error.message}`) : error;
  }
  if (outcome.error) throw outcome.error.thrown;
  if (outcome.wishes) return outcome.wishes;
  const inTime = end.pipe(
    timeout({ first: longestMs, with: () => throwError(() => tooLong(name, longestMs)) }),
  );
  return lastValueFrom(inTime).finally(() => {
    run.unsubscribe();
  });
}

function tooLong(name: string, longestMs: number): Error {
  return new Error(
    `Saga "${name}" did not end within ${longestMs} ms. A saga maps an event to commands. ` +
      'For a command at a later time, yield dueCommand(…).',
  );
}
