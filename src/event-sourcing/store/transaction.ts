import type { Decider, Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';

/**
 * What one decision sees and does. The decision is a plain synchronous function that may run more than once: when a
 * stream is not in memory yet it is interrupted, the stream is loaded, and it starts anew; when another command was faster,
 * likewise. So it must have no effect but its calls here.
 *
 * What it sees is guarded: streams it loads are appended to at the version seen, streams it only reads must still be at
 * that version when its events are stored. The same goes for decisions that change nothing or refuse.
 */
export interface Transaction {
  /** The time of the decision; never before that of an event of a stream that was loaded, nor before the one for which a stored command was due. */
  readonly now: Date;

  /** The present state of a stream that the decision may append to. */
  load<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State>;

  /** As `load`, for a stream that is thought to be new: it saves the look into the log. */
  create<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State>;

  /** The present state of a stream that the decision depends on and leaves alone. */
  read<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State>;

  /** Loads many streams of one kind in one round trip; the result is in the order of `ids`. */
  loadAll<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
  ): Versioned<State>[];

  /** Reads many streams of one kind in one round trip; the result is in the order of `ids`. */
  readAll<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
  ): Versioned<State>[];

  /**
   * Adds events to a stream that was loaded. They are stored together with all else that this decision appends, or not at all.
   * @returns the state after them
   */
  append<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    events: readonly Event[],
  ): Versioned<State>;
}
