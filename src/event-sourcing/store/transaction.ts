import type { Decider, Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';

/**
 * What one decision sees and does. A decision is a synchronous function that may run more than once: if a stream is
 * not in memory, it is interrupted, the stream is loaded, and it runs again; likewise if another command was faster.
 * So it must have no effects but its calls here.
 *
 * What it sees is guarded. A stream that it loads is appended to at the version seen. A stream that it only reads
 * must still be at that version when the events are stored. The same applies to decisions that change nothing or
 * refuse.
 */
export interface Transaction {
  /**
   * The time of the decision. It is never before the last event of a stream it saw, nor before a stored command was
   * due.
   */
  readonly now: Date;

  /** The present state of a stream that the decision may append to. */
  load<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State>;

  /** As `load`, for a stream that is probably new: the log is not read for it. */
  create<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State>;

  /** The present state of a stream that the decision depends on, but does not append to. */
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
   * Appends events to a stream that was loaded. All events of a decision are stored together, or none.
   * @returns the state after them
   */
  append<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    events: readonly Event[],
  ): Versioned<State>;
}
