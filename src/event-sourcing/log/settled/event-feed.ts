import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { LogUnavailableError } from '../append/append.js';
import type { EventLog } from '../event-log.js';
import type { SettledLog } from './settled-log.js';

/** How many events one page searches, in memory or in a stream. */
const FETCHED = 1_000;
/** How many events PostgreSQL scans at most for one page of a type, which takes some milliseconds. */
const LOOKED_THROUGH = 10_000;

/** Selects events by stream and by type; an event has to match everything that is given. */
export interface FeedFilter {
  /** Name of a stream. */
  readonly stream?: string;
  /** Type of event. */
  readonly type?: string;
}

/** Settled events, in order. `next` is the position up to which the log was searched: the next page follows it. */
export interface FeedPage {
  /** The events, by position. */
  readonly events: readonly RecordedEvent[];
  /** Position after which the next page begins. */
  readonly next: number;
}

/**
 * The settled log, page by page, for other systems. The search for a page is bounded even if matching events are
 * rare. So a page may be short or empty in the middle of the log, but `next` moves on. Near the end, pages come from
 * memory.
 */
export class EventFeed {
  /** @internal */
  constructor(
    private readonly log: EventLog,
    private readonly settled: SettledLog,
  ) {}

  /** The position up to which events can be read. */
  get mark(): number {
    return this.settled.mark;
  }

  /**
   * Calls `listener` whenever there is more to read.
   * @returns the function that ends it
   */
  onAdvance(listener: () => void): () => void {
    return this.settled.onAdvance(listener);
  }

  /** Waits until a position can be read, at most `ms` milliseconds. */
  async reached(position: number, ms: number): Promise<void> {
    await this.settled.reached(position, ms);
  }

  /**
   * @param after position, exclusive
   * @param limit how many events at most, up to 1,000
   * @throws LogUnavailableError when the log cannot be reached, or this process can no longer follow it
   */
  async page(after: number, filter: FeedFilter, limit: number): Promise<FeedPage> {
    const { mark } = this;
    // Otherwise the reader would take the position where this process gave up for the end of the log.
    if (this.settled.failure) throw new LogUnavailableError(this.settled.failure.message);
    if (after >= mark) return { events: [], next: after };
    const recent = this.settled.recentAfter(after, FETCHED);
    if (recent) return choose(recent, filter, limit, mark);
    if (filter.stream !== undefined) return this.pageOfStream(after, filter.stream, filter, limit, mark);
    if (filter.type !== undefined) return this.pageOfType(after, filter.type, limit, mark);
    const events = await this.log.readRange(after, mark, limit);
    return { events, next: events.length === limit ? (events.at(-1)?.position ?? mark) : mark };
  }

  private async pageOfStream(
    after: number,
    stream: string,
    filter: FeedFilter,
    limit: number,
    mark: number,
  ): Promise<FeedPage> {
    const version = await this.log.versionAt(stream, after);
    const events = await this.log.readStream(stream, { after: version, limit: FETCHED });
    return choose(events, filter, limit, mark);
  }

  private async pageOfType(after: number, type: string, limit: number, mark: number): Promise<FeedPage> {
    const upTo = await this.log.positionAhead(after, mark, LOOKED_THROUGH);
    const events = await this.log.readRangeOfType({ after, upTo }, type, limit);
    return { events, next: events.length === limit ? (events.at(-1)?.position ?? upTo) : upTo };
  }
}

/**
 * Makes a page of the events after a position. There are no more of them unless there are as many as are fetched at
 * once.
 */
function choose(
  found: readonly RecordedEvent[],
  { stream, type }: FeedFilter,
  limit: number,
  mark: number,
): FeedPage {
  const events: RecordedEvent[] = [];
  for (const recorded of found) {
    if (recorded.position > mark) return { events, next: mark };
    if (stream !== undefined && recorded.stream !== stream) continue;
    if (type !== undefined && recorded.event.type !== type) continue;
    events.push(recorded);
    if (events.length === limit) return { events, next: recorded.position };
  }
  return { events, next: found.length === FETCHED ? (found.at(-1)?.position ?? mark) : mark };
}
