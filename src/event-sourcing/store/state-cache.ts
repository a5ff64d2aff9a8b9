import { LRUCache } from 'lru-cache';
import { handOut } from '../runtime/hand-out.js';
import { emptyStream, fold, type Versioned } from '../kernel/decider.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import type { Snapshots } from './snapshots.js';
import { StreamCell, type AnyDecider } from './stream-cell.js';
import type { StreamRef } from './stream-ref.js';

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

/** A state, and what else is known of it, with which further events are folded. */
interface Base {
  readonly state: Versioned<unknown>;
  /** Id of its last event, if it is known. */
  readonly eventId: string | undefined;
  /** Length of the snapshot, if it is one. */
  readonly length?: number;
}

/** A load that is under way. */
interface Loading {
  readonly decider: AnyDecider;
  readonly cell: Promise<StreamCell>;
}

/**
 * The folded states of the streams that were used last. They may be behind the log, because other processes write
 * too; the version checks of the append find that out. The cache is bounded by the weight of its states
 * (`StreamCell.weight`).
 */
export class StateCache {
  private readonly entries: LRUCache<string, Entry>;
  private readonly loading = new Map<string, Loading>();
  private wanted: StreamRef[] = [];
  private nextLoad: Promise<StreamCell[]> | undefined;

  /**
   * @param capacity how many events the states in memory may weigh, all together
   * @param snapshots where the states of long streams begin; without them, at the first event
   */
  constructor(
    private readonly log: Pick<EventLog, 'readStreams'>,
    capacity: number,
    private readonly snapshots?: Pick<Snapshots, 'load' | 'consider'>,
  ) {
    this.entries = new LRUCache({
      maxSize: capacity,
      sizeCalculation: ({ charge }) => charge,
      // Cells that leave the cache do not follow their streams. An entry that is weighed again is disposed of, too.
      dispose: ({ cells }) => {
        for (const cell of cells) cell.endWatch();
      },
    });
  }

  /** The cell of a stream that is in memory. */
  get({ stream, decider }: StreamRef): StreamCell | undefined {
    return cellOf(this.entries.get(stream), decider);
  }

  /** As `get`, without counting as a use. */
  peek({ stream, decider }: StreamRef): StreamCell | undefined {
    return cellOf(this.entries.peek(stream), decider);
  }

  /** Keeps a cell whose stream has grown, unless another one has taken its place. */
  keep(ref: StreamRef, cell: StreamCell): void {
    this.snapshots?.consider(ref, cell);
    const { stream, decider } = ref;
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
    const bases = await this.basesOf(refs);
    const events = groupByStream(await this.log.readStreams(tailsOf(refs, bases)));
    return refs.map((ref, index) => {
      const { state: before, eventId, length } = bases[index] ?? emptyBase(ref);
      const news = (events.get(ref.stream) ?? []).filter(({ version }) => version > before.version);
      const fresh = handOut(fold(ref.decider, before, news));
      const lastId = news.at(-1)?.id ?? eventId;
      const known = this.peek(ref);
      const cell = known ?? new StreamCell(ref.decider, fresh, lastId);
      if (length !== undefined) cell.rests(before.version, length);
      const from = known?.committed.version ?? before.version;
      cell.weigh(news.filter(({ version }) => version > from).map(({ event }) => event));
      cell.refresh(fresh, lastId);
      this.keep(ref, cell);
      return cell;
    });
  }

  /**
   * The state to begin with when a state of the past is wanted: a snapshot, or the empty stream.
   * @param isPast whether a state is not after the one that is wanted
   */
  async baseOf(ref: StreamRef, isPast: (state: Versioned<unknown>) => boolean): Promise<Versioned<unknown>> {
    const [found] = (await this.snapshots?.load([ref])) ?? [];
    return found && isPast(found.state) ? found.state : emptyStream(ref.decider);
  }

  /** Folds an event that another process has stored. Forgets states of its stream that it does not follow. */
  observe(recorded: RecordedEvent): void {
    const { stream } = recorded;
    const entry = this.entries.peek(stream);
    if (entry === undefined) return;
    const rest = entry.cells.filter((cell) => cell.follow(recorded));
    if (rest.length === 0) this.entries.delete(stream);
    else if (rest.length < entry.cells.length || weightOf(rest) > entry.charge) this.set(stream, rest);
  }

  /** Where the states of streams begin: in memory, with a snapshot, or with the first event. */
  private async basesOf(refs: readonly StreamRef[]): Promise<Base[]> {
    const known = refs.map((ref) => this.peek(ref));
    const unknown = refs.filter(({ decider }, index) => decider.snapshots && !known[index]);
    const found = unknown.length > 0 ? ((await this.snapshots?.load(unknown)) ?? []) : [];
    const snapshots = new Map(unknown.map((ref, index) => [ref, found[index]]));
    return refs.map((ref, index): Base => {
      const cell = known[index];
      return cell ? { state: cell.committed, eventId: cell.eventId } : (snapshots.get(ref) ?? emptyBase(ref));
    });
  }

  private set(stream: string, cells: readonly StreamCell[]): void {
    this.entries.set(stream, { cells, charge: Math.ceil(weightOf(cells) * ROOM_TO_GROW) });
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
  return cells.reduce((sum, { weight }) => sum + OWN_WEIGHT + weight, 0);
}

function emptyBase({ decider }: StreamRef): Base {
  return { state: emptyStream(decider), eventId: undefined };
}

/** What to read of each stream, once for all its deciders: the events after the oldest of their states. */
function tailsOf(refs: readonly StreamRef[], bases: readonly Base[]): { stream: string; after: number }[] {
  const afters = new Map<string, number>();
  refs.forEach(({ stream }, index) => {
    const after = bases[index]?.state.version ?? 0;
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
