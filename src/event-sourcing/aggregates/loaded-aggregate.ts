import type { Decider } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { History } from './history.js';
import type { Effect } from './repeated-saves.js';

/** The methods of `AggregateRoot` that a repository uses. `AggregateRoot` and `WithAggregateRoot(…)` have them. */
export interface Aggregate {
  /** The events that were applied and neither committed nor saved: the list itself, as `AggregateRoot` returns it. */
  getUncommittedEvents(): object[];
  /** Forgets these events. */
  uncommit(): void;
  /** Applies events that are stored already. */
  loadFromHistory(history: object[]): void;
  /** Publishes an event. The repository replaces it. */
  publish(event: object): void;
  /** Publishes events. The repository replaces it. */
  publishAll(events: object[]): void;
}

/** What a repository knows of an aggregate that it has loaded. */
export interface LoadedAggregate {
  readonly root: Aggregate;
  readonly decider: Decider<History, DomainEvent>;
  readonly id: string;
  /** Present if the running message may come twice. */
  readonly effect: Effect | undefined;
  /** The id of the effect by which an earlier run of the message has saved it; `undefined` if none has. */
  readonly savedBy: string | undefined;
  /** The number of events that it has seen. */
  version: number;
  /** Events that it has committed and that are not stored yet. */
  committed: object[];
  isSaved: boolean;
}

/** Events of an aggregate that are stored together. */
export interface Change {
  readonly aggregate: LoadedAggregate;
  readonly events: readonly object[];
}

const loaded = new WeakMap<object, LoadedAggregate>();

/** Remembers an aggregate for as long as somebody uses it. */
export function rememberLoaded(aggregate: LoadedAggregate): void {
  loaded.set(aggregate.root, aggregate);
}

/** What is known of an aggregate; `undefined` if no repository has loaded it. */
export function findLoaded(root: object): LoadedAggregate | undefined {
  return loaded.get(root);
}

/**
 * What is known of an aggregate.
 * @throws Error if no repository has loaded it
 */
export function loadedAggregate(root: object): LoadedAggregate {
  const found = loaded.get(root);
  if (found) return found;
  throw new Error(
    `This ${root.constructor.name} was not loaded by an AggregateRepository, so its stream is unknown. ` +
      'Get it from load(id), also if it is new.',
  );
}
