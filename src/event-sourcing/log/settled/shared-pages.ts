import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../../kernel/recorded-event.js';

/** Handlers that read the same part of the log are seldom further apart. */
const PAGES = 4;
/** Pages that nobody has asked for lately are dropped, in milliseconds. */
const KEPT_MS = 2_000;

/** Positions after `after` and up to `upTo`, inclusive. */
export interface PageRange {
  readonly after: number;
  readonly upTo: number;
}

/** Reads a page of settled events from the database, of some types or of all. */
export type PageReader = (
  types: ReadonlySet<string> | undefined,
  range: PageRange,
  limit: number,
) => Promise<RecordedEvent[]>;

/**
 * Pages of a long log that several handlers of a process read, each at its own pace. Those of the same types and page
 * size, such as the partitions of a new projection, share one read of each page. The page at the end of the log is not
 * kept: events may be added to it.
 */
export class SharedPages {
  private readonly pages = new LRUCache<string, Promise<RecordedEvent[]>>({
    max: PAGES,
    ttl: KEPT_MS,
    updateAgeOnGet: true,
    ttlAutopurge: true,
  });

  constructor(private readonly readPage: PageReader) {}

  /**
   * Settled events in a range, which must not be changed in place. A page that is being read may be shared, even if it
   * was asked for with a lower `upTo`.
   * @param limit how many events the page covers at most
   * @param types events of other types are left out, apart from the last one of the page
   */
  async read(
    range: PageRange,
    limit: number,
    types?: ReadonlySet<string>,
  ): Promise<readonly RecordedEvent[]> {
    const place = JSON.stringify([range.after, limit, types && [...types]]);
    const known = this.pages.get(place);
    if (known) return known;
    const page = this.readPage(types, range, limit);
    this.pages.set(place, page);
    const forget = (): void => {
      if (this.pages.peek(place) === page) this.pages.delete(place);
    };
    page.then((events) => {
      if ((events.at(-1)?.position ?? range.upTo) >= range.upTo) forget();
    }, forget);
    return page;
  }
}
