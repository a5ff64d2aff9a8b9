import type { Decider, Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { PendingAppend } from '../log/append/pending-append.js';

/** Any decider. States are typed where a caller asks for a stream with its decider. */
export type AnyDecider = Decider<unknown, DomainEvent>;

/**
 * What this process knows of one stream. `latest` runs ahead of the disk: it includes events whose append is in
 * flight, so that the next command on a busy stream need not wait. If that append fails, the command fails with it
 * and runs again.
 */
export class StreamCell<State = unknown> {
  committed: Versioned<State>;
  latest: Versioned<State>;
  /** The append that `latest` includes, while its outcome is unknown. */
  tail: PendingAppend | undefined;

  constructor(
    /** The decider that folded the state. Another decider of the category has a cell of its own. */
    readonly decider: AnyDecider,
    state: Versioned<State>,
  ) {
    this.committed = state;
    this.latest = state;
  }

  /** Includes the events of an append that was just sent. */
  advance(next: Versioned<State>, append: PendingAppend): void {
    this.latest = next;
    this.tail = append;
  }

  /** The events up to `state` are on disk. */
  confirm(state: Versioned<State>, append: PendingAppend): void {
    if (state.version > this.committed.version) this.committed = state;
    if (this.tail === append) this.tail = undefined;
  }

  /** An append has failed, and with it everything that builds on it. */
  rollBack(append: PendingAppend): void {
    if (!this.tail?.restsOn(append)) return;
    this.latest = this.committed;
    this.tail = undefined;
  }

  /** The log was read again. Appends in flight are kept if they may still hold. */
  refresh(state: Versioned<State>): void {
    if (state.version <= this.committed.version) return;
    this.committed = state;
    if (this.tail !== undefined && this.latest.version >= state.version) return;
    this.latest = state;
    this.tail = undefined;
  }
}
