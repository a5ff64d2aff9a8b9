import { LRUCache } from 'lru-cache';
import { handOut } from '../runtime/hand-out.js';
import { emptyStream, fold, streamName, type Decider, type Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import { StreamCell, type AnyDecider } from './stream-cell.js';

/** A stream, and the decider that folds it. */
export interface StreamRef {
  readonly decider: AnyDecider;
  readonly stream: string;
}

/**
 * Names a stream of a decider.
 * @throws Error for a category with a hyphen
 */
export function streamRef<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  id: string,
): StreamRef {
  return { decider, stream: streamName(decider, id) };
}

/** What a state weighs in addition to its events. */
const OWN_WEIGHT = 4;
/** An entry is charged for events to come, so that it is weighed seldom while its stream grows. */
const ROOM_TO_GROW = 1.25;

/** What is in memory of one stream: a cell for each decider that was used on it, which is one as a rule. */
interface Entry {
  readonly cells: readonly StreamCell[];
  /** What it is charged with; at least what it weighs. */
  readonly charge: number;
}

/** A load that is under way. */
interface Loading {
  readonly decider: AnyDecider;
  readonly cell: Promise<StreamCell>;
}

/**
 * The folded states of the streams that were used last. They may be behind the log, because other processes write
 * too; the version checks of the append find that out. The cache is bounded by the number of events that were folded
 * into its states, which is a fair measure of their size.
 */
export class StateCache {
  private readonly entries: LRUCache<string, Entry>;
  private readonly loading = new Map<string, Loading>();
  private wanted: StreamRef[] = [];
  private nextLoad: Promise<StreamCell[]> | undefined;

  /** @param capacity how many events the states in memory may have been folded from, all together */
  constructor(
    private readonly log: Pick<EventLog, 'readStreams'>,
    capacity: number,
  ) {
    this.entries = new LRUCache({ maxSize: capacity, sizeCalculation: ({ charge }) => charge });
  }

  /** The cell of a stream that is in memory. */
  get({ stream, decider }: StreamRef): StreamCell | undefined {
    return cellOf(this.entries.get(stream), decider);
  }

  /** Keeps a cell whose stream has grown, unless another one has taken its place. */
  keep({ stream, decider }: StreamRef, cell: StreamCell): void {
    const entry = this.entries.peek(stream);
    const present = cellOf(entry, decider);
    if (present !== undefined && present !== cell) return;
    const cells = present && entry ? entry.cells : [...(entry?.cells ?? []), cell];
    if (present && entry && weightOf(cells) <= entry.charge) return;
    this.set(stream, cells);
  }

  /**
   * The cells of streams, in the order of `refs`; those that are not in memory are loaded. Calls of one turn of the
   * event loop share a round trip, and a stream is not loaded twice at a time. There may be no room to keep the
   * cells.
   */
  async load(refs: readonly StreamRef[]): Promise<StreamCell[]> {
    return Promise.all(refs.map(async (ref) => this.get(ref) ?? this.loadingOf(ref) ?? this.enqueue(ref)));
  }

  /** Brings cells up to date with the log; the result is in the order of `refs`. */
  async refresh(refs: readonly StreamRef[]): Promise<StreamCell[]> {
    const known = refs.map((ref) => this.peek(ref)?.committed ?? emptyStream(ref.decider));
    const events = groupByStream(await this.log.readStreams(tailsOf(refs, known)));
    return refs.map((ref, index) => {
      const before = known[index] ?? emptyStream(ref.decider);
      const news = (events.get(ref.stream) ?? []).filter(({ version }) => version > before.version);
      const fresh = handOut(fold(ref.decider, before, news));
      const cell = this.peek(ref) ?? new StreamCell(ref.decider, fresh);
      cell.refresh(fresh);
      this.keep(ref, cell);
      return cell;
    });
  }

  /** Forgets states of a stream that another process has appended to. */
  observe({ stream, version }: RecordedEvent): void {
    const entry = this.entries.peek(stream);
    if (entry === undefined) return;
    const rest = entry.cells.filter(({ latest }) => latest.version >= version);
    if (rest.length === entry.cells.length) return;
    if (rest.length === 0) this.entries.delete(stream);
    else this.set(stream, rest);
  }

  private set(stream: string, cells: readonly StreamCell[]): void {
    this.entries.set(stream, { cells, charge: Math.ceil(weightOf(cells) * ROOM_TO_GROW) });
  }

  private peek({ stream, decider }: StreamRef): StreamCell | undefined {
    return cellOf(this.entries.peek(stream), decider);
  }

  private loadingOf({ stream, decider }: StreamRef): Promise<StreamCell> | undefined {
    const loading = this.loading.get(stream);
    return loading?.decider === decider ? loading.cell : undefined;
  }

  private async enqueue(ref: StreamRef): Promise<StreamCell> {
    const index = this.wanted.push(ref) - 1;
    this.nextLoad ??= Promise.resolve().then(() => {
      const refs = this.wanted;
      this.wanted = [];
      this.nextLoad = undefined;
      return this.refresh(refs).finally(() => {
        for (const { stream } of refs) this.loading.delete(stream);
      });
    });
    const cell = this.nextLoad.then(
      (cells) => cells[index] ?? new StreamCell(ref.decider, emptyStream(ref.decider)),
    );
    this.loading.set(ref.stream, { decider: ref.decider, cell });
    return cell;
  }
}

function cellOf(entry: Entry | undefined, decider: AnyDecider): StreamCell | undefined {
  if (entry === undefined) return undefined;
  for (const cell of entry.cells) if (cell.decider === decider) return cell;
  return undefined;
}

function weightOf(cells: readonly StreamCell[]): number {
  return cells.reduce((sum, { latest }) => sum + OWN_WEIGHT + latest.version, 0);
}

/** What to read of each stream, once for all its deciders: the events after the oldest of their states. */
function tailsOf(
  refs: readonly StreamRef[],
  known: readonly Versioned<unknown>[],
): { stream: string; after: number }[] {
  const afters = new Map<string, number>();
  refs.forEach(({ stream }, index) => {
    const after = known[index]?.version ?? 0;
    afters.set(stream, Math.min(after, afters.get(stream) ?? after));
  });
  return [...afters].map(([stream, after]) => ({ stream, after }));
}

function groupByStream(events: readonly RecordedEvent[]): Map<string, RecordedEvent[]> {
  const groups = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const group = groups.get(event.stream);
    if (group) group.push(event);
    else groups.set(event.stream, [event]);
  }
  return groups;
}
