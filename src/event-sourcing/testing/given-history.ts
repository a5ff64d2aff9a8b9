import { deepStrictEqual } from 'node:assert/strict';
import type { Observable } from 'rxjs';
import type { DomainEvent, EventClass } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { remember } from '../kernel/record-of.js';
import { EVENTS_HANDLER_METADATA } from '../nest/nest-metadata.js';
import { projectionOptions, type RowsProjection } from '../projections/projection.js';
import { ViewRows, type KeyRows } from '../projections/view-rows.js';
import type { Transaction } from '../store/transaction.js';
import type { Decided } from '../store/verdict.js';
import { assertRefused } from './assert-refused.js';
import { decideOn } from './decide-on.js';
import { entitiesOf, OfflineDataSource } from './in-memory/offline-data-source.js';
import { StreamEvents } from './recorded.js';
import { withoutMemory } from './saga-contract.js';

/** The expected outcome of a decision on several streams. Each method throws an AssertionError with the difference. */
export interface StreamsExpectation<T> {
  /** These events for these streams, and none for any other. The order of the streams does not matter. */
  then(...expected: StreamEvents[]): void;
  /** No events: the request was a repeat, or empty. */
  thenNothing(): void;
  /** A DomainError of this code, with at least this data. */
  thenRefused(code: string, data?: Readonly<Record<string, unknown>>): void;
  /** The decision has returned this. */
  thenReturned(value: T): void;
}

/** Past events of any streams, in the order of the log. */
export interface GivenHistory {
  /** Runs a decision, as `EventStore.transact` would. It can load and read any stream; those without events are new. */
  when<T>(decide: (transaction: Transaction) => Decided<T>): StreamsExpectation<T>;
  /**
   * Folds the events that a projection handles into rows. Columns that a row leaves out get their defaults.
   * @param projection an instance of a class with `@Projection`
   * @returns the rows by key; the key as text, a JSON array if it has several columns
   * @throws Error for a class without `@Projection`, and whatever the projection throws
   */
  project<Rows>(projection: RowsProjection<Rows, never>): Map<string, Rows>;
  /**
   * Runs a saga on the events, and checks that it keeps nothing between them. `recordOf` knows the records.
   * @returns what it yields: commands, and timers as `dueCommand` and `cancelDue` make them
   * @throws AssertionError if the saga remembers events
   */
  saga<Handled extends object>(
    saga: (events: Observable<Handled>) => Observable<unknown>,
  ): Promise<unknown[]>;
}

/** What can be done with past events. */
export function givenHistory(records: readonly RecordedEvent[]): GivenHistory {
  return {
    when: (decide) => expectationOf(() => decideOn(records, decide)),
    project: (projection) => project(records, projection),
    saga<Handled extends object>(saga: (events: Observable<Handled>) => Observable<unknown>) {
      records.forEach(remember);
      // The saga picks the events that it handles.
      return withoutMemory(
        saga,
        records.map(({ event }) => event as unknown as Handled),
      );
    },
  };
}

function expectationOf<T>(run: () => ReturnType<typeof decideOn<T>>): StreamsExpectation<T> {
  const events = (): StreamEvents[] => {
    const { verdict, events: decided } = run();
    if (verdict.refused) throw verdict.error;
    return decided;
  };
  return {
    // An object with a `then` of its own, but no promise: nothing awaits it.
    then: (...expected) => {
      deepStrictEqual(byStream(events()), byStream(expected));
    },
    thenNothing: () => {
      deepStrictEqual(byStream(events()), {});
    },
    thenRefused: (code, data) => {
      assertRefused(events, code, data);
    },
    thenReturned: (value) => {
      const { verdict } = run();
      if (verdict.refused) throw verdict.error;
      deepStrictEqual(verdict.value, value);
    },
  };
}

/** Whether a class with `@EventsHandler` lists the class of the event. */
function handles(handlerClass: object, event: DomainEvent): boolean {
  const events = (Reflect.getMetadata(EVENTS_HANDLER_METADATA, handlerClass) ?? []) as readonly EventClass[];
  return events.some((eventClass) => event instanceof eventClass);
}

function byStream(parts: readonly StreamEvents[]): Record<string, readonly DomainEvent[]> {
  return Object.fromEntries(
    parts.filter(({ events }) => events.length > 0).map((one) => [one.stream, one.events]),
  );
}

function project<Rows>(
  records: readonly RecordedEvent[],
  projection: RowsProjection<Rows, never>,
): Map<string, Rows> {
  const { constructor } = projection;
  const options = projectionOptions(constructor);
  if (!options) throw new Error(`${constructor.name} has no @Projection, so its rows are not known.`);
  const rows = new ViewRows(
    options,
    projection as unknown as RowsProjection<KeyRows>,
    new OfflineDataSource(entitiesOf(options)),
  );
  const byKey = new Map<string, KeyRows>();
  for (const recorded of records.filter(({ event }) => handles(constructor, event))) {
    const key = rows.keyOf(recorded);
    byKey.set(key, rows.evolve(byKey.has(key) ? byKey.get(key) : rows.nothing(), recorded));
  }
  return byKey as unknown as Map<string, Rows>;
}
