import type { EventClass } from '../kernel/event.js';

/** Where a new subscription begins: at the first event, or at the head of the log. */
export type StartAt = 'beginning' | 'head';

/**
 * How a subscription stands in this process:
 * - `waiting`: another process may hold the lease
 * - `running`: this process holds the lease
 * - `retrying`: the database refuses a write, or the other system of a relay takes no events; this is repeated without
 *   end
 * - `stopped`: an error has ended it for good, or its view has old rows that have to be cleared
 * - `outdated`: the log holds events that the code of this process does not know
 */
export type SubscriptionState = 'waiting' | 'running' | 'retrying' | 'stopped' | 'outdated';

/** What is subscribed: a projection, a plain event handler, a saga or a relay. */
export type SubscriptionKind = 'projection' | 'handler' | 'saga' | 'relay';

/** What a subscription is called, and which events it gets. */
export interface SubscriptionOptions {
  /** Stable name. The checkpoint is stored under it. */
  readonly name: string;
  /** What is subscribed. */
  readonly kind: SubscriptionKind;
  /** The events that it gets; `all` if only the handler can tell. */
  readonly events: readonly EventClass[] | 'all';
  /** Where it begins when it runs for the first time. */
  readonly startAt: StartAt;
  /** The tables of a projection, quoted if need be. */
  readonly views?: readonly string[];
  /** Number of partitions of a new handler; 1 by default. Afterwards the number that is stored counts. */
  readonly partitions?: number | undefined;
}
