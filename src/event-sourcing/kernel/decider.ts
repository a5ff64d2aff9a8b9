import type { DomainEvent } from './event.js';
import type { SnapshotOptions } from './snapshot-options.js';

/**
 * Folds the events of one kind of stream into a state. Pure: no clock, no randomness, no input or output. Together with
 * plain `decide(state) → events` functions this is Jérémie Chassaing's decider
 * (https://thinkbeforecoding.com/post/2021/12/17/functional-event-sourcing-decider).
 */
export interface Decider<State, Event extends DomainEvent> {
  /**
   * First part of the names of its streams, without a hyphen: the stream of order `7f…` is `order-7f…`. Several
   * deciders may have one category; each folds the same streams into a state of its own.
   */
  readonly category: string;
  /** The state of a stream without events. */
  readonly initialState: State;
  /**
   * Computes the state after an event.
   * @param state the state before the event; it must not be changed in place
   * @param event the next event
   * @param occurredAt when the event occurred
   */
  evolve(state: State, event: Event, occurredAt: Date): State;
  /** How snapshots of long streams are taken. By default there are none, and a stream is folded from its first event. */
  readonly snapshots?: SnapshotOptions<State>;
}

/** A state and the version of the stream that it was folded from. */
export interface Versioned<State> {
  /** The folded state. */
  readonly state: State;
  /** The number of events; 0 for a stream that does not exist. */
  readonly version: number;
  /** When the last event occurred. */
  readonly occurredAt: Date | undefined;
}

/** The part of a decider that names streams. */
export type HasCategory = Pick<Decider<unknown, DomainEvent>, 'category'>;

/**
 * The name of the stream of one aggregate.
 * @throws Error for a category with a hyphen
 */
export function streamName(decider: HasCategory, id: string): string {
  checkCategory(decider);
  return `${decider.category}-${id}`;
}

/**
 * Checks that two categories cannot share a stream: the first hyphen of a stream's name ends its category.
 * @throws Error for a category with a hyphen
 */
export function checkCategory({ category }: HasCategory): void {
  const hyphen = category.indexOf('-');
  if (hyphen === -1) return;
  const [head, tail] = [category.slice(0, hyphen), category.slice(hyphen + 1)];
  throw new Error(
    `The category "${category}" has a hyphen, so its streams could be those of category "${head}". ` +
      `Choose a name without a hyphen. Existing streams keep their names: ` +
      `the category "${head}" with ids that begin with "${tail}-" names the same streams.`,
  );
}

/** The part of a stream's name after its category. */
export function streamId(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}

/** Folds further events onto a state. */
export function fold<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  from: Versioned<State>,
  events: Iterable<{ readonly event: Event; readonly occurredAt: Date }>,
): Versioned<State> {
  let { state, version, occurredAt } = from;
  for (const next of events) {
    state = decider.evolve(state, next.event, next.occurredAt);
    version += 1;
    occurredAt = next.occurredAt;
  }
  return { state, version, occurredAt };
}

/** The state of a stream without events. */
export function emptyStream<State>(decider: { readonly initialState: State }): Versioned<State> {
  return { state: decider.initialState, version: 0, occurredAt: undefined };
}
