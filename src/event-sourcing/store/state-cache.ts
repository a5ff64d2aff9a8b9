import { LRUCache } from 'lru-cache';
import { emptyStream, fold, streamName, type Decider } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { EventLog } from '../log/event-log.js';
import { StreamCell } from './stream-cell.js';

// Folding is typed where streams are asked for; in here all deciders are alike.
type AnyDecider = Decider<unknown, DomainEvent>;

/** A stream of a kind. */
export interface StreamRef {
  readonly decider: AnyDecider;
  readonly stream: string;
}

/** Names a stream of a decider. */
export function streamRef<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  id: string,
): StreamRef {
  return { decider, stream: streamName(decider, id) };
}

/** What a state is taken to weigh on top of its events. */
const OWN_WEIGHT = 4;

/**
 * Folded states of the streams used last. It may be behind the log, as other processes write too; the version checks of
 * the append find that out. Bounded by the number of events that were folded into its states, a fair measure of their size.
 */
export class StateCache {
  private readonly cells: LRUCache<string, StreamCell>;
  private readonly loading = new Map<string, Promise<StreamCell>>();
  private wanted: StreamRef[] = [];
  private nextLoad: Promise<StreamCell[]> | undefined;

  /** @param capacity number of events whose states are kept */
  constructor(
    private readonly log: Pick<EventLog, 'readStreams'>,
    capacity: number,
  ) {
    this.cells = new LRUCache({ maxSize: capacity, sizeCalculation: weight });
  }

  get(stream: string): StreamCell | undefined {
    return this.cells.get(stream);
  }

  /** Keeps a cell whose stream has grown, unless another one has taken its place; it is weighed anew. */
  keep(stream: string, cell: StreamCell): void {
    const present = this.cells.peek(stream);
    if (present !== undefined && present !== cell) return;
    // The library weighs an entry once, when it comes in.
    this.cells.delete(stream);
    this.cells.set(stream, cell);
  }

  /**
   * The cells of streams, in the order of `refs`; those that are not here are loaded. Calls of one moment share a round trip, and
   * nothing is loaded twice at a time. There may be no room to keep them.
   */
  async load(refs: readonly StreamRef[]): Promise<StreamCell[]> {
    return Promise.all(
      refs.map(
        async (ref) => this.cells.get(ref.stream) ?? this.loading.get(ref.stream) ?? this.enqueue(ref),
      ),
    );
  }

  /** Brings cells up to date with the log; the result is in the order of `refs`. */
  async refresh(refs: readonly StreamRef[]): Promise<StreamCell[]> {
    const known = refs.map((ref) => this.cells.peek(ref.stream)?.committed ?? emptyStream(ref.decider));
    const events = await this.log.readStreams(
      refs.map(({ stream }, index) => ({ stream, after: known[index]?.version ?? 0 })),
    );
    const byStream = groupByStream(events);
    return refs.map((ref, index) => {
      const fresh = fold(
        ref.decider,
        known[index] ?? emptyStream(ref.decider),
        byStream.get(ref.stream) ?? [],
      );
      const cell = this.cells.peek(ref.stream) ?? new StreamCell(fresh);
      cell.refresh(fresh);
      this.keep(ref.stream, cell);
      return cell;
    });
  }

  /** Forgets states that other processes have moved past. */
  observe(event: RecordedEvent): void {
    const cell = this.cells.peek(event.stream);
    if (cell && cell.latest.version < event.version) this.cells.delete(event.stream);
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
    const load = this.nextLoad.then((cells) => cells[index] ?? new StreamCell(emptyStream(ref.decider)));
    this.loading.set(ref.stream, load);
    return load;
  }
}

function weight(cell: StreamCell): number {
  return OWN_WEIGHT + cell.latest.version;
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
