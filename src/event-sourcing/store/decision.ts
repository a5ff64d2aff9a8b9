import { handOut } from '../runtime/hand-out.js';
import { emptyStream, type Decider, type Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import { SeenStreams, type SeenStream } from './seen-streams.js';
import type { StateCache } from './state-cache.js';
import { StreamCell } from './stream-cell.js';
import { streamRef, type StreamRef } from './stream-ref.js';
import type { Transaction } from './transaction.js';
import type { RunningDecision } from './within-decision.js';

/** Interrupts a decision that needs streams which are not in memory. */
export class StreamsMissing extends Error {
  constructor(readonly refs: readonly StreamRef[]) {
    super('Streams have to be loaded first.');
  }
}

/** Interrupts a decision that has used a time before the last event of one of its streams. */
export class TooEarly extends Error {
  constructor(readonly notBefore: Date) {
    super('A stream has an event that occurred later.');
  }
}

/** One run of a decision. */
export class Decision implements Transaction, RunningDecision {
  readonly seen: SeenStreams;
  private isClosed = false;
  /** Why this run does not count. It is kept because the decision may catch the error. */
  interruption: Error | undefined;

  constructor(
    private readonly cache: Pick<StateCache, 'get'>,
    /** Cells that were loaded for this decision, in case the cache has no room for them. */
    private readonly loaded: ReadonlyMap<string, StreamCell>,
    now: Date,
  ) {
    this.seen = new SeenStreams(now);
  }

  get now(): Date {
    this.assertUsable();
    return this.seen.time;
  }

  interrupt(error: Error): never {
    this.interruption ??= error;
    throw error;
  }

  /** The decision has returned. What it appends from now on would be lost. */
  close(): void {
    this.isClosed = true;
  }

  load<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State> {
    return this.see(this.refOf(decider, id), true).after as Versioned<State>;
  }

  create<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Versioned<State> {
    const ref = this.refOf(decider, id);
    // A guess stays out of the cache: other decisions would take it for knowledge.
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
        new Error(
          `Stream "${ref.stream}" is appended to without having been loaded by the same decider. Load it first.`,
        ),
      );
    }
    const occurredAt = this.seen.time;
    for (const event of events) {
      const { state, version } = seen.after;
      const next = ref.decider.evolve(handOut(state), event, occurredAt);
      seen.after = { state: next, version: version + 1, occurredAt };
      seen.events.push(event);
    }
    seen.after = handOut(seen.after);
    return seen.after as Versioned<State>;
  }

  private seeAll<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    ids: readonly string[],
    mayWrite: boolean,
  ): Versioned<State>[] {
    const refs = ids.map((id) => this.refOf(decider, id));
    const missing = refs.filter((ref) => !this.seen.get(ref.stream) && !this.cellOf(ref));
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
        'This transaction is closed, because its decision has returned. Use it only within the function that is ' +
          'given to EventStore.transact. Await before that, and pass the results to the decision.',
      );
    }
    // An interrupted run does not count, so it may as well end.
    if (this.interruption) throw this.interruption;
  }

  private cellOf(ref: StreamRef): StreamCell | undefined {
    const cell = this.cache.get(ref) ?? this.loaded.get(ref.stream);
    return cell?.decider === ref.decider ? cell : undefined;
  }

  private see(ref: StreamRef, mayWrite: boolean, cell = this.cellOf(ref)): SeenStream {
    const known = this.seen.get(ref.stream);
    if (known) return this.seeAgain(known, ref, mayWrite);
    if (!cell) this.interrupt(new StreamsMissing([ref]));
    // Also for a stream that is only read: one that changes all the time would otherwise always be ahead of the
    // decision.
    const { occurredAt } = cell.latest;
    if (occurredAt && occurredAt > this.seen.time) {
      if (this.seen.hasEvents) this.interrupt(new TooEarly(occurredAt));
      this.seen.time = occurredAt;
    }
    return this.seen.add(ref, cell, mayWrite);
  }

  private seeAgain(known: SeenStream, { stream, decider }: StreamRef, mayWrite: boolean): SeenStream {
    if (known.ref.decider !== decider) {
      this.interrupt(
        new Error(`Stream "${stream}" is looked at with two deciders in one decision. Use one of them.`),
      );
    }
    if (mayWrite && !known.mayWrite) {
      this.interrupt(
        new Error(`Stream "${stream}" was read first and is loaded now. Load it from the beginning.`),
      );
    }
    return known;
  }
}
