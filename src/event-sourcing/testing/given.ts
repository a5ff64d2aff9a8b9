import { deepStrictEqual, fail } from 'node:assert/strict';
import { emptyStream, fold, type Decider } from '../kernel/decider.js';
import { DomainError } from '../kernel/domain-error.js';
import type { DomainEvent } from '../kernel/event.js';

const FIRST_EVENT_AT = Date.UTC(2030, 0, 1);
const SECOND = 1_000;

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
): Given<State, Event> {
  const at = (index: number): Date => new Date(FIRST_EVENT_AT + index * SECOND);
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
        const error = refusalOf(() => decide(before.state));
        deepStrictEqual(error.code, code);
        for (const [key, value] of Object.entries(data ?? {})) deepStrictEqual(error.data[key], value);
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

function refusalOf(decide: () => readonly DomainEvent[]): DomainError {
  try {
    const events = decide();
    return fail(`Expected a refusal, but it decided: ${JSON.stringify(events.map(({ type }) => type))}`);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
