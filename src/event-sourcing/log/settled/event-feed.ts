import type { RecordedEvent } from '../../kernel/recorded-event.js';
import { LogUnavailableError } from '../append/append.js';
import type { EventLog } from '../event-log.js';
import type { SettledLog } from './settled-log.js';

/** Events that one look fetches, or takes from memory, to find those that are wanted. */
const FETCHED = 1_000;
/** Events that one look has the database go through for one type: some milliseconds of its time. */
const LOOKED_THROUGH = 10_000;

/** Which events are wanted; both where both are given. */
export interface FeedFilter {
  /** Name of a stream. */
  readonly stream?: string;
  /** Type of event. */
  readonly type?: string;
}

/** Settled events, in order, and the position up to which the log was looked at for them. */
export interface FeedPage {
  /** The events, by position. */
  readonly events: readonly RecordedEvent[];
  /** Position after which the next page begins. */
  readonly next: number;
}

/**
 * The settled log as others read it, page by page. A look is bounded however rare the events are that it is for, so a page may
 * be short, or empty, in the middle of the log: `next` moves on. Near the end of the log, pages come from memory.
 */
export class EventFeed {
  /** @internal */
  constructor(
    private readonly log: EventLog,
    private readonly settled: SettledLog,
  ) {}

  /** Everything up to this position can be read. */
  get mark(): number {
    return this.settled.mark;
  }

  /** Has `listener` called whenever there is more to read. Returns the function that ends it. */
  onAdvance(listener: () => void): () => void {
    return this.settled.onAdvance(listener);
  }

  /** Waits until a position can be read, for `ms` milliseconds at most. */
  async reached(position: number, ms: number): Promise<void> {
    await this.settled.reached(position, ms);
  }

  /**
   * @param after position, exclusive
   * @param limit events on the page, 1,000 at most
   * @throws LogUnavailableError when the log is out of reach, or this process can no longer follow it
   */
  async page(after: number, filter: FeedFilter, limit: number): Promise<FeedPage> {
    const { mark } = this;
    // Otherwise the reader would take the place where this process gave up for the end of the log.
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

/** What of some events, all there are after a position or as many as are fetched at once, makes a page. */
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
