import { fold, type Decider, type Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { PendingAppend } from '../log/append/pending-append.js';
import { handOut } from '../runtime/hand-out.js';
import { sizeOf } from '../runtime/size-of.js';

/** Length of an event as JSON, on the average. It compares snapshots with events. */
const EVENT_LENGTH = 200;
/** Most events are smaller, in characters. */
const EVENT_SIZE = 500;

/** Any decider. States are typed where a caller asks for a stream with its decider. */
export type AnyDecider = Decider<unknown, DomainEvent>;

/** A state in memory. One object stands for it wherever it is used, until it changes. */
export interface WatchedState<State> {
  /** The state as it was when the watch began. */
  readonly value: Versioned<State>;
  /** `false` once the state has changed or may no longer be followed. It may become `false` earlier, and stays `false`. */
  readonly isCurrent: boolean;
}

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
  /** The version from which the events until the next snapshot are counted. */
  snapshotDueFrom = 0;
  /** The last snapshot of the stream, as far as this process knows. */
  private snapshot = { version: 0, length: 0 };
  private watched: { readonly value: Versioned<State>; isCurrent: boolean } | undefined;
  /** What large events weigh in addition. */
  private excess = 0;

  constructor(
    /** The decider that folded the state. Another decider of the category has a cell of its own. */
    readonly decider: AnyDecider,
    state: Versioned<State>,
    /** Id of the last event of `committed`, if it is known. */
    public eventId?: string,
  ) {
    this.committed = state;
    this.latest = state;
  }

  /**
   * What the state takes in memory, in events. Without a snapshot that is the number of events that it was folded
   * from, and one more for every {@link EVENT_SIZE} characters of an event. A snapshot shows the size itself.
   */
  get weight(): number {
    const { version, length } = this.snapshot;
    return Math.ceil(length / EVENT_LENGTH) + this.latest.version - version + this.excess;
  }

  /** Adds what large ones of these events weigh. */
  weigh(events: readonly DomainEvent[]): void {
    for (const event of events) this.excess += Math.floor(sizeOf(event) / EVENT_SIZE);
  }

  /** The state on disk, as an object that tells when it is out of date. */
  watch(): WatchedState<State> {
    return (this.watched ??= { value: this.committed, isCurrent: true });
  }

  /** Tells whoever watches that the state has changed, or may no longer be followed. */
  endWatch(): void {
    if (this.watched) this.watched.isCurrent = false;
    this.watched = undefined;
  }

  /**
   * There is a snapshot.
   * @param length of the state as JSON
   */
  rests(version: number, length: number): void {
    this.snapshot = { version, length };
    this.excess = 0;
    this.snapshotDueFrom = Math.max(version, this.snapshotDueFrom);
  }

  /** Includes the events of an append that was just sent. */
  advance(next: Versioned<State>, append: PendingAppend): void {
    this.latest = next;
    this.tail = append;
  }

  /** The events up to `state` are on disk. */
  confirm(state: Versioned<State>, append: PendingAppend, eventId?: string): void {
    if (state.version > this.committed.version) this.commit(state, eventId);
    if (this.tail === append) this.tail = undefined;
  }

  /** An append has failed, and with it everything that builds on it. */
  rollBack(append: PendingAppend): void {
    if (!this.tail?.restsOn(append)) return;
    this.latest = this.committed;
    this.tail = undefined;
  }

  /** The log was read again. Appends in flight are kept if they may still hold. */
  refresh(state: Versioned<State>, eventId?: string): void {
    if (state.version <= this.committed.version) return;
    this.commit(state, eventId);
    if (this.tail !== undefined && this.latest.version >= state.version) return;
    this.latest = state;
    this.tail = undefined;
  }

  /**
   * Takes in an event that was stored, perhaps by another process.
   * @returns whether the state includes it now; otherwise it is out of date
   */
  follow(recorded: RecordedEvent): boolean {
    const { version } = recorded;
    if (this.latest.version >= version) return true;
    if (this.tail !== undefined || this.committed.version !== version - 1) return false;
    try {
      this.refresh(handOut(fold(this.decider, this.committed, [recorded])) as Versioned<State>, recorded.id);
      this.weigh([recorded.event]);
      return true;
    } catch {
      // Whoever loads the state meets the error of evolve.
      return false;
    }
  }

  private commit(state: Versioned<State>, eventId: string | undefined): void {
    this.committed = state;
    this.eventId = eventId;
    this.endWatch();
  }
}
