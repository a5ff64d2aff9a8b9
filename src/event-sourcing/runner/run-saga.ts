import { AsyncSubject, lastValueFrom, of, throwError, timeout, toArray, type Observable } from 'rxjs';

/** A saga of `@nestjs/cqrs`. */
export type SagaFunction = (events: Observable<object>) => Observable<unknown>;

/**
 * Runs a saga on one event and collects its wishes. A saga that only maps events ends while it is subscribed to: then there is no
 * promise and no timer.
 * @throws whatever the saga throws
 * @throws Error, through the promise, when the saga does not end within `longestMs`
 */
export function runSaga(
  name: string,
  saga: SagaFunction,
  event: object,
  longestMs: number,
): readonly unknown[] | Promise<readonly unknown[]> {
  const end = new AsyncSubject<readonly unknown[]>();
  const run = saga(of(event)).pipe(toArray()).subscribe(end);
  const outcome: { wishes?: readonly unknown[]; error?: { readonly thrown: unknown } } = {};
  end.subscribe({
    next: (wishes) => (outcome.wishes = wishes),
    error: (thrown: unknown) => (outcome.error = { thrown }),
  });
  if (outcome.error) throw outcome.error.thrown;
  if (outcome.wishes) return outcome.wishes;
  const tooLong = new Error(`Saga "${name}" did not end within ${longestMs} ms.`);
  const inTime = end.pipe(timeout({ first: longestMs, with: () => throwError(() => tooLong) }));
  return lastValueFrom(inTime).finally(() => {
    run.unsubscribe();
  });
}
