import { LRUCache } from 'lru-cache';
import { handOut } from '../runtime/hand-out.js';
import { emptyStream, fold, streamName, type Decider, type Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import { StreamCell, type AnyDecider } from './stream-cell.js';

/** A stream of a kind. */
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

/** What a state is taken to weigh on top of its events. */
const OWN_WEIGHT = 4;

/** A load under way. */
interface Loading {
  readonly decider: AnyDecider;
  readonly cell: Promise<StreamCell>;
}

/**
 * Folded states of the streams used last. It may be behind the log, as other processes write too; the version checks of
 * the append find that out. Bounded by the number of events that were folded into its states, a fair measure of their size.
 */
export class StateCache {
  /** By stream; in each entry one cell per decider that was used on it, which is one as a rule. */
  private readonly entries: LRUCache<string, readonly StreamCell[]>;
  private readonly loading = new Map<string, Loading>();
  private wanted: StreamRef[] = [];
  private nextLoad: Promise<StreamCell[]> | undefined;

  /** @param capacity number of events whose states are kept */
  constructor(
    private readonly log: Pick<EventLog, 'readStreams'>,
    capacity: number,
  ) {
    this.entries = new LRUCache({ maxSize: capacity, sizeCalculation: weight });
  }

  get({ stream, decider }: StreamRef): StreamCell | undefined {
    return cellOf(this.entries.get(stream), decider);
  }

  /** Keeps a cell whose stream has grown, unless another one has taken its place; it is weighed anew. */
  keep({ stream, decider }: StreamRef, cell: StreamCell): void {
    const entry = this.entries.peek(stream) ?? [];
    const present = cellOf(entry, decider);
    if (present !== undefined && present !== cell) return;
    // The library weighs an entry once, when it comes in.
    this.entries.delete(stream);
    this.entries.set(stream, present ? entry : [...entry, cell]);
  }

  /**
   * The cells of streams, in the order of `refs`; those that are not here are loaded. Calls of one moment share a round trip, and
   * nothing is loaded twice at a time. There may be no room to keep them.
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

  /** Forgets states that other processes have moved past. */
  observe({ stream, version }: RecordedEvent): void {
    const entry = this.entries.peek(stream);
    if (entry === undefined) return;
    const rest = entry.filter(({ latest }) => latest.version >= version);
    if (rest.length === entry.length) return;
    this.entries.delete(stream);
    if (rest.length > 0) this.entries.set(stream, rest);
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

function cellOf(entry: readonly StreamCell[] | undefined, decider: AnyDecider): StreamCell | undefined {
  if (entry === undefined) return undefined;
  for (const cell of entry) if (cell.decider === decider) return cell;
  return undefined;
}

function weight(entry: readonly StreamCell[]): number {
  return entry.reduce((sum, { latest }) => sum + OWN_WEIGHT + latest.version, 0);
}

/** What is to be read of each stream, named once: from the end of what is known of it by the decider that knows least. */
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
