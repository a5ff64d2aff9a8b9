import type { RebuildProgress } from '../projections/rebuild-records.js';
import type { SubscriptionKind, SubscriptionState } from '../subscriptions/subscription-options.js';

/**
 * How a subscription stands across all processes:
 * - `running`: a process has its lease
 * - `waiting`: a process will take it within seconds
 * - `retrying`: its database refuses a write, or the other system of a relay takes no events; this is repeated without
 *   end
 * - `parked`: an event or a command waits for an operator; everything else goes on
 * - `rebuilding`: its view is being rebuilt beside the present one
 * - `stopped`: an error has ended it, or its view has old rows that have to be cleared
 * - `outdated`: the log holds events that no process with the handler knows
 * - `unattended`: no running process has its handler
 */
export type StatusState = SubscriptionState | 'parked' | 'rebuilding' | 'unattended';

/** A subscription, whichever process runs it. */
export interface SubscriptionStatus {
  /** Stable name. */
  readonly name: string;
  /** What is subscribed. */
  readonly kind: SubscriptionKind;
  /** Position of the last event that was delivered or skipped, by the partition that is furthest behind. */
  readonly position: number;
  /** The last position of the log. */
  readonly head: number;
  /** The difference of the two, in positions. */
  readonly lag: number;
  /** The age of the oldest event that was not delivered yet, in seconds; 0 if there is none. */
  readonly lagSeconds: number;
  /** How it stands across all processes. */
  readonly state: StatusState;
  /** Number of parked events and commands, with those that wait behind them. */
  readonly parked: number;
  /** Whether its view is being rebuilt. */
  readonly rebuilding: boolean;
  /** How far the rebuild has come; `null` if its view is not being rebuilt, or the rebuild has not begun to read. */
  readonly rebuild: RebuildProgress | null;
  /** The tables of a projection, quoted if need be; empty if they are not known. */
  readonly tables: readonly string[];
  /** Its partitions, in the order of their indexes; empty if it is not split. The other attributes concern all of them. */
  readonly partitions: readonly PartitionStatus[];
}

/** A partition of a handler, whichever process runs it. */
export interface PartitionStatus {
  /** Position of the last event that was delivered or skipped. */
  readonly position: number;
  /** Positions between it and the head of the log. */
  readonly lag: number;
  /** `running` if a process has its lease. */
  readonly state: 'running' | 'waiting';
}

/** What the database stores about a partition. */
export interface StoredPartition {
  readonly position: number;
  readonly isHeld: boolean;
}

/** What the database stores about a subscription. */
export interface StoredStatus {
  readonly name: string;
  /** `null` until a process with its handler has started. */
  readonly kind: SubscriptionKind | null;
  /** The tables of a projection. */
  readonly views: readonly string[] | null;
  /** `null` if it has never run. */
  readonly position: number | null;
  readonly isHeld: boolean;
  /** Empty if it is not split. */
  readonly partitions: readonly StoredPartition[];
  readonly isRebuilt: boolean;
  readonly hasOldRows: boolean;
  /** States that running processes announce; `null` if none has its handler. */
  readonly states: readonly SubscriptionState[] | null;
  readonly parked: number;
  /** Whether something is no longer retried automatically. */
  readonly needsHelp: boolean;
}

/** @param here its state in this process; `undefined` if this process does not run it */
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

/** A parked event or command, or one that waits behind it. */
export interface ParkedItem {
  /** Id of the event, or of the run of the command. */
  readonly id: string;
  /** Stream of the event. For a command of a saga, stream of the event that led to it; `null` for other commands. */
  readonly stream: string | null;
  /** Position of the event; `null` for a command. */
  readonly position: number | null;
  /** Stable name of the event, or of the command. */
  readonly type: string;
  /** Number of attempts; 0 if it only waits. */
  readonly attempts: number;
  /** The error of the last attempt. */
  readonly error: string | null;
  /** When the event was parked, or the command was stored. */
  readonly parkedAt: Date;
  /** When it is retried; `null` if it is not retried automatically, or waits for an earlier one. */
  readonly retryAt: Date | null;
}

/** A place in a list of parked items. */
export interface ParkedItemPlace {
  /** Commands come after events. */
  readonly isCommand: boolean;
  /** Position of an event, or number of a command. */
  readonly order: number;
}

/** A page of parked items. */
export interface ParkedItemPage {
  /** The items, in order. */
  readonly items: readonly ParkedItem[];
  /** Where the next page begins; `null` at the end. */
  readonly next: ParkedItemPlace | null;
}
