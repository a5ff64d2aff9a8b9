import { newId } from '../runtime/new-id.js';
import type { Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { EventMetadata } from '../kernel/recorded-event.js';
import type { Append, StreamCondition, StreamWrite } from '../log/append/append.js';
import type { PendingAppend } from '../log/append/pending-append.js';
import type { StateCache } from './state-cache.js';
import type { StreamCell } from './stream-cell.js';
import type { StreamRef } from './stream-ref.js';

/** A stream that a decision has looked at. */
export interface SeenStream {
  readonly ref: StreamRef;
  readonly cell: StreamCell;
  /** What the decision saw. */
  readonly before: Versioned<unknown>;
  /** What follows from the events that it appended. */
  after: Versioned<unknown>;
  readonly events: DomainEvent[];
  /** Whether the decision may append to it. Otherwise its version becomes a condition. */
  readonly mayWrite: boolean;
}

/** The streams that one decision has looked at, its time, and the events that it appends. */
export class SeenStreams {
  private readonly byName = new Map<string, SeenStream>();

  /** @param time the time of the decision, which is that of its events */
  constructor(public time: Date) {}

  get(stream: string): SeenStream | undefined {
    return this.byName.get(stream);
  }

  add(ref: StreamRef, cell: StreamCell, mayWrite: boolean): SeenStream {
    const before = cell.latest;
    const seen: SeenStream = { ref, cell, before, after: before, events: [], mayWrite };
    this.byName.set(ref.stream, seen);
    return seen;
  }

  /** All streams that were looked at, in the order of the first look. */
  get all(): readonly SeenStream[] {
    return [...this.byName.values()];
  }

  get refs(): StreamRef[] {
    return [...this.byName.values()].map(({ ref }) => ref);
  }

  /** Whether the decision appends anything. */
  get hasEvents(): boolean {
    for (const { events } of this.byName.values()) if (events.length > 0) return true;
    return false;
  }

  /** The appends of this process whose events the decision took for granted. */
  get buildsOn(): PendingAppend[] {
    const tails = new Set<PendingAppend>();
    for (const { cell } of this.byName.values()) if (cell.tail) tails.add(cell.tail);
    return [...tails];
  }

  /**
   * The events to store, guarded by the versions of all streams.
   * @param withEvents `false` for a refusal: it stores nothing, but must have been right
   */
  toAppend(metadata: EventMetadata, withEvents: boolean): Append {
    const writes: StreamWrite[] = [];
    const conditions: StreamCondition[] = [];
    for (const { ref, before, events, mayWrite } of this.byName.values()) {
      if (!mayWrite) conditions.push({ stream: ref.stream, version: before.version });
      else {
        writes.push({
          stream: ref.stream,
          expectedVersion: before.version,
          occurredAt: this.time,
          events: withEvents ? events.map((event) => ({ id: newId(), event, metadata })) : [],
        });
      }
    }
    return { writes, conditions };
  }

  /** The append was sent: the states in memory run ahead of the disk. */
  advance(append: PendingAppend): void {
    for (const { cell, events, after } of this.byName.values())
      if (events.length > 0) cell.advance(after, append);
  }

  /** The append is on disk. */
  confirm(append: PendingAppend, cache: StateCache): void {
    for (const { stream, events: stored } of append.append.writes) {
      const seen = this.byName.get(stream);
      if (!seen || stored.length === 0) continue;
      const { ref, cell, after } = seen;
      if (after.version > cell.committed.version) cell.weigh(stored.map(({ event }) => event));
      cell.confirm(after, append, stored.at(-1)?.id);
      // Not earlier: a cell may rest on the guess that its stream is new, and other decisions would take it for
      // knowledge.
      cache.keep(ref, cell);
    }
  }

  /** The append has failed. */
  rollBack(append: PendingAppend): void {
    for (const { cell } of this.byName.values()) cell.rollBack(append);
  }
}
