import type { SubscriptionKind } from './subscription.js';

/** How a subscription stands, whichever process runs it. */
export interface SubscriptionStatus {
  readonly name: string;
  readonly kind: SubscriptionKind;
  /** The last event that it has taken in, or passed over. */
  readonly position: number;
  /** The last settled position of the log, as this process knows it. */
  readonly head: number;
  /** Positions between the two. */
  readonly lag: number;
  /** The age of the oldest event that it has not come to; 0 when there is none. */
  readonly lagSeconds: number;
  /** `parked`: something waits for an operator; `waiting`: nobody runs it. */
  readonly state: 'running' | 'waiting' | 'parked' | 'stopped';
  /** Events and commands that wait, those that queue up behind a failed one included. */
  readonly parked: number;
  /** Whether its view is being built anew, beside the one that is there. */
  readonly rebuilding: boolean;
}

/** What the database of a subscription says of it. */
export interface StoredStatus {
  readonly name: string;
  /** `null` before it was ever run. */
  readonly position: number | null;
  readonly isHeld: boolean;
  readonly isRebuilt: boolean;
  readonly parked: number;
  /** Whether something is no longer tried by itself. */
  readonly needsHelp: boolean;
}

/** Something that a handler, or a command of a saga, has failed at, or that queues up behind it. */
export interface ParkedItem {
  /** Of the event; of a command the id of its run. */
  readonly id: string;
  /** The stream of the event; for a command of a saga, of the event that led to it; `null` where there is none. */
  readonly stream: string | null;
  /** `null` for a command. */
  readonly position: number | null;
  /** Stable name of the event, or of the command. */
  readonly type: string;
  /** 0 for one that queues up. */
  readonly attempts: number;
  readonly error: string | null;
  /** For a command, when it was stored. */
  readonly parkedAt: Date;
  /** When it is tried again; `null` when it is not, or when it waits for the one before. */
  readonly retryAt: Date | null;
}

/** Where a list of parked items goes on. */
export interface ParkedItemPlace {
  readonly isCommand: boolean;
  /** Position of an event, place in the queue of a command. */
  readonly order: number;
}

export interface ParkedItemPage {
  readonly items: readonly ParkedItem[];
  /** `null` at the end. */
  readonly next: ParkedItemPlace | null;
}
