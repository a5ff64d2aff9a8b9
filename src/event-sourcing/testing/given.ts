import { deepStrictEqual } from 'node:assert/strict';
import { emptyStream, fold, type Decider } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { assertRefused } from './assert-refused.js';
import { givenHistory, type GivenHistory } from './given-history.js';
import { recordsOf, StreamEvents, timeOf } from './recorded.js';

/** The expected outcome of a decision. Each method throws an AssertionError with the difference. */
export interface Expectation<State, Event> {
  /** These events, and no others. */
  then(...events: Event[]): void;
  /** No events: the request was a repeat, or empty. */
  thenNothing(): void;
  /** A DomainError of this code, with at least this data. */
  thenRefused(code: string, data?: Readonly<Record<string, unknown>>): void;
  /** The state after the events of the decision passes `check`. */
  thenState(check: (state: State) => void): void;
}

/** Some past events, on which a decision is to be made. */
export interface Given<State, Event> {
  /** Makes the decision on the state after the events. */
  when(decide: (state: State) => readonly Event[]): Expectation<State, Event>;
}

/**
 * Given some events, when a decision is made, then … . The events occur one second apart, from 2030-01-01T00:00:00Z on.
 * After the usage of given-when-then in event-sourced specifications by Greg Young.
 */
export function given<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  ...past: Event[]
): Given<State, Event>;
/**
 * Given the events of any streams, in the order of the log: when a decision is made that loads several of them; or
 * the rows of a projection; or what a saga yields.
 */
export function given(...past: (StreamEvents | RecordedEvent)[]): GivenHistory;
export function given(
  first?: Decider<unknown, DomainEvent> | StreamEvents | RecordedEvent,
  ...past: (DomainEvent | StreamEvents | RecordedEvent)[]
): Given<unknown, DomainEvent> | GivenHistory {
  if (first && 'evolve' in first) return givenOne(first, past as DomainEvent[]);
  return givenHistory(recordsOf([...(first ? [first] : []), ...(past as (StreamEvents | RecordedEvent)[])]));
}

function givenOne<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  past: readonly Event[],
): Given<State, Event> {
  const at = (index: number): Date => timeOf(index + 1);
  const before = fold(
    decider,
    emptyStream(decider),
    past.map((event, index) => ({ event, occurredAt: at(index) })),
  );
  return {
    when: (decide) => ({
      // An object with a `then` of its own, but no promise: nothing awaits it.
      then: (...events) => {
        deepStrictEqual([...decide(before.state)], events);
      },
      thenNothing: () => {
        deepStrictEqual([...decide(before.state)], []);
      },
      thenRefused: (code, data) => {
        assertRefused(() => decide(before.state).map(({ type }) => type), code, data);
      },
      thenState: (check) => {
        const events = decide(before.state).map((event, index) => ({
          event,
          occurredAt: at(past.length + index),
        }));
        check(fold(decider, before, events).state);
      },
    }),
  };
}
