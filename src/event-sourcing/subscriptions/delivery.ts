import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { HeldCheckpoint } from './held-checkpoint.js';
import type { Work } from './checkpoint-move.js';

/** How events are delivered to one kind of handler. */
export interface Delivery {
  /**
   * The key that orders events: a stream, or the key of a view. A failure holds up later events of the same key, and
   * no others.
   */
  keyOf(recorded: RecordedEvent): string;
  /** Prepares for some events, for instance by loading rows. */
  begin(events: readonly RecordedEvent[]): Promise<Batch>;
  /** Forgets everything that was remembered of earlier batches, as it may be out of date. */
  forget(): void;
}

/** Some events that are delivered together. Their effects are written with the move of the checkpoint. */
export interface Batch {
  /** Delivers one event. If this throws, the event has no effect, and those before it keep theirs. */
  take(recorded: RecordedEvent): Promise<void> | undefined;
  /**
   * Sends what was taken, if the delivery sends whole batches. If this rejects, no event has an effect that counts: the
   * checkpoint stays, nothing is parked, and all events are delivered again.
   * @returns the events that were not sent, in order
   */
  send?(): Promise<readonly Unsent[]>;
  /**
   * What to write with the checkpoint. `undefined` if there is nothing to write and the events can be delivered again without harm: the
   * checkpoint may then move later.
   */
  work(): Work | undefined;
  /** The checkpoint has to move before this time of the database, in milliseconds since 1970. */
  readonly reliesUntil?: number;
  /** Called after the write. */
  written(): void;
}

/** An event that a whole batch goes without. */
export interface Unsent {
  readonly recorded: RecordedEvent;
  /** Why it was refused; `undefined` if it only waits for an earlier event of its key. */
  readonly error?: Error;
}

/** @returns the checkpoint with the limit of a batch that was delivered behind it */
export function withLimitOf({ reliesUntil = Infinity }: Batch, held: HeldCheckpoint): HeldCheckpoint {
  const movesBefore = Math.min(held.movesBefore ?? Infinity, reliesUntil);
  return movesBefore < Infinity ? { ...held, movesBefore } : held;
}
