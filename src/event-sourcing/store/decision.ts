import { handOut } from '../runtime/hand-out.js';
import { newId } from '../runtime/new-id.js';
import { emptyStream, type Decider, type Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { EventMetadata } from '../kernel/recorded-event.js';
import type { Append, StreamWrite } from '../log/append/append.js';
import type { PendingAppend } from '../log/append/pending-append.js';
import { streamRef, type StateCache, type StreamRef } from './state-cache.js';
import { StreamCell } from './stream-cell.js';
import type { Transaction } from './transaction.js';
import type { RunningDecision } from './within-decision.js';

/** Interrupts a decision that needs streams which are not in memory. */
export class StreamsMissing extends Error {
  constructor(readonly refs: readonly StreamRef[]) {
    super('Streams are to be loaded first.');
  }
}

/** Interrupts a decision that has made use of a time which turns out to be too early. */
export class TooEarly extends Error {
  constructor(readonly notBefore: Date) {
    super('A stream has an event that occurred later.');
  }
}

/** A stream that the decision looked at. */
interface Seen {
  readonly ref: StreamRef;
  readonly cell: StreamCell;
  /** What it saw. */
  readonly before: Versioned<unknown>;
  /** What follows from what it appended. */
  after: Versioned<unknown>;
  readonly events: DomainEvent[];
  readonly mayWrite: boolean;
}

/** One run of a decision: what it saw, and what it appends. */
export class Decision implements Transaction, RunningDecision {
  private readonly seen = new Map<string, Seen>();
  private time: Date;
  private isClosed = false;
  /** Why this run does not count. The decision may have caught the error and gone on. */
  interruption: Error | undefined;

  constructor(
    private readonly cache: StateCache,
    /** Cells that were loaded for this decision, in case the cache has no room for them. */
    private readonly loaded: ReadonlyMap<string, StreamCell>,
    now: Date,
  ) {
    this.time = now;
  }

  get now(): Date {
    this.assertUsable();
    return this.time;
  }

  interrupt(error: Error): never {
    this.interruption ??= error;
    throw error;
  }

  /** The decision has returned, and what it does from now on would be lost. */
  close(): void {
    this.isClosed = true;
  }

  load<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State> {
    return this.see(this.refOf(decider, id), true).after as Versioned<State>;
  }

  create<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State> {
    const ref = this.refOf(decider, id);
    // A guess stays out of the cache, where others would take it for what is known.
    const cell = this.cellOf(ref) ?? new StreamCell(ref.decider, handOut(emptyStream(decider)));
    return this.see(ref, true, cell).after as Versioned<State>;
  }

  read<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State> {
    return this.see(this.refOf(decider, id), false).after as Versioned<State>;
  }

  loadAll<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
  ): Versioned<State>[] {
    return this.seeAll(decider, ids, true);
  }

  readAll<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
  ): Versioned<State>[] {
    return this.seeAll(decider, ids, false);
  }

  append<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    events: readonly Event[],
  ): Versioned<State> {
    const ref = this.refOf(decider, id);
    const seen = this.seen.get(ref.stream);
    if (!seen?.mayWrite || seen.ref.decider !== ref.decider) {
      this.interrupt(
        new Error(`Stream "${ref.stream}" is appended to without having been loaded by the same decider.`),
      );
    }
    let { state, version, occurredAt } = seen.after;
    for (const event of events) {
      state = ref.decider.evolve(handOut(state), event, this.time);
      version += 1;
      occurredAt = this.time;
      seen.events.push(event);
    }
    seen.after = handOut({ state, version, occurredAt });
    return seen.after as Versioned<State>;
  }

  /** All streams that were looked at. */
  get refs(): StreamRef[] {
    return [...this.seen.values()].map(({ ref }) => ref);
  }

  /** Whether it appends anything. */
  get hasEvents(): boolean {
    return [...this.seen.values()].some(({ events }) => events.length > 0);
  }

  /** The appends of this process whose events this decision took for granted. */
  get buildsOn(): PendingAppend[] {
    const tails = [...this.seen.values()].flatMap(({ cell: { tail } }) => (tail ? [tail] : []));
    return [...new Set(tails)];
  }

  /**
   * What is to be stored, guarded by all that was seen.
   * @param withEvents false for a refusal, which stores nothing but must have been true
   */
  toAppend(metadata: EventMetadata, withEvents: boolean): Append {
    const writes: StreamWrite[] = [];
    const conditions = [];
    for (const { ref, before, events, mayWrite } of this.seen.values()) {
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

  /** Has the states in memory take in what was just sent. */
  advance(append: PendingAppend): void {
    for (const { cell, events, after } of this.seen.values())
      if (events.length > 0) cell.advance(after, append);
  }

  /** What was sent is on disk. */
  confirm(append: PendingAppend): void {
    for (const { ref, cell, events, after } of this.seen.values()) {
      if (events.length === 0) continue;
      cell.confirm(after, append);
      // Not before: that a stream is new may have been a guess, and others would take it for knowledge.
      this.cache.keep(ref, cell);
    }
  }

  /** What was sent did not come to be. */
  rollBack(append: PendingAppend): void {
    for (const { cell } of this.seen.values()) cell.rollBack(append);
  }

  private seeAll<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
    mayWrite: boolean,
  ): Versioned<State>[] {
    const refs = ids.map((id) => this.refOf(decider, id));
    const missing = refs.filter((ref) => !this.seen.has(ref.stream) && !this.cellOf(ref));
    if (missing.length > 0) this.interrupt(new StreamsMissing(missing));
    return refs.map((ref) => this.see(ref, mayWrite).after as Versioned<State>);
  }

  private refOf<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): StreamRef {
    this.assertUsable();
    return streamRef(decider, id);
  }

  private assertUsable(): void {
    if (this.isClosed) {
      throw new Error(
        'This transaction is closed: its decision has returned. Use it only within the function that is given to transact, and hand in what that has to wait for.',
      );
    }
    // An interrupted run counts for nothing, so it may as well end.
    if (this.interruption) throw this.interruption;
  }

  private cellOf(ref: StreamRef): StreamCell | undefined {
    const cell = this.cache.get(ref) ?? this.loaded.get(ref.stream);
    return cell?.decider === ref.decider ? cell : undefined;
  }

  private see(ref: StreamRef, mayWrite: boolean, cell = this.cellOf(ref)): Seen {
    const known = this.seen.get(ref.stream);
    if (known) return this.seenAgain(known, ref, mayWrite);
    if (!cell) this.interrupt(new StreamsMissing([ref]));
    // Also of what is only read: a stream that is never at rest would otherwise always have moved on.
    const before = cell.latest;
    if (before.occurredAt && before.occurredAt > this.time) {
      if (this.hasEvents) this.interrupt(new TooEarly(before.occurredAt));
      this.time = before.occurredAt;
    }
    const seen: Seen = { ref, cell, before, after: before, events: [], mayWrite };
    this.seen.set(ref.stream, seen);
    return seen;
  }

  private seenAgain(known: Seen, { stream, decider }: StreamRef, mayWrite: boolean): Seen {
    if (known.ref.decider !== decider) {
      this.interrupt(
        new Error(`Stream "${stream}" is looked at with two deciders in one decision. Use one of them.`),
      );
    }
    if (mayWrite && !known.mayWrite) {
      this.interrupt(new Error(`Stream "${stream}" was read first and is loaded now. Load it at once.`));
    }
    return known;
  }
}
