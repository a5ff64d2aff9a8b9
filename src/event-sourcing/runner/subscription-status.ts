import type { SubscriptionKind, SubscriptionState } from '../subscriptions/subscription.js';

/**
 * How a subscription stands, all processes taken together:
 * - `running`; `waiting` for a process to take it, within seconds
 * - `retrying`: its database refuses what it writes; it is tried again without end
 * - `parked`: something waits for an operator, all else goes on
 * - `rebuilding`: its view is being built anew, beside the one that is there
 * - `stopped`: an error has ended it, or its view has rows from before that have to be cleared
 * - `outdated`: the log holds events that this code, or that of all processes which have the handler, does not know
 * - `unattended`: no running process has its handler
 */
export type StatusState = SubscriptionState | 'parked' | 'rebuilding' | 'unattended';

/** How a subscription stands, whichever process runs it. */
export interface SubscriptionStatus {
  readonly name: string;
  readonly kind: SubscriptionKind;
  /** The last event that it has taken in, or passed over. */
  readonly position: number;
  /** The last position of the log. */
  readonly head: number;
  /** Positions between the two. */
  readonly lag: number;
  /** The age of the oldest event that it has not come to; 0 when there is none. */
  readonly lagSeconds: number;
  readonly state: StatusState;
  /** Events and commands that wait, those that queue up behind a failed one included. */
  readonly parked: number;
  /** Whether its view is being built anew, beside the one that is there. */
  readonly rebuilding: boolean;
}

/** What the database of a subscription says of it. */
export interface StoredStatus {
  readonly name: string;
  /** `null` before a process that has its handler has started. */
  readonly kind: SubscriptionKind | null;
  /** The tables of a projection. */
  readonly views: readonly string[] | null;
  /** `null` before it was ever run. */
  readonly position: number | null;
  readonly isHeld: boolean;
  readonly isRebuilt: boolean;
  readonly hasOldRows: boolean;
  /** What running processes announce of it; `null` where none has its handler. */
  readonly states: readonly SubscriptionState[] | null;
  readonly parked: number;
  /** Whether something is no longer tried by itself. */
  readonly needsHelp: boolean;
}

/** @param here its state in this process, where this process runs handlers and has this one */
export function stateOf(stored: StoredStatus | undefined, here?: SubscriptionState): StatusState {
  if (here === 'outdated' || here === 'stopped' || here === 'retrying') return here;
  const announced = [...(stored?.states ?? []), ...(here ? [here] : [])];
  const live = liveState(stored, announced);
  if (live !== 'running' && live !== 'waiting') return live;
  if (stored?.needsHelp) return 'parked';
  return stored?.isRebuilt ? 'rebuilding' : live;
}

function liveState(stored: StoredStatus | undefined, announced: readonly SubscriptionState[]): StatusState {
  if (stored?.hasOldRows) return 'stopped';
  if (stored?.isHeld) return announced.includes('retrying') ? 'retrying' : 'running';
  if (announced.includes('stopped')) return 'stopped';
  if (announced.some((state) => state !== 'outdated')) return 'waiting';
  return announced.includes('outdated') ? 'outdated' : 'unattended';
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
