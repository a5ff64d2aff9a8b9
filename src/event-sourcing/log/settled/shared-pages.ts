import { LRUCache } from 'lru-cache';
import type { RecordedEvent } from '../../kernel/recorded-event.js';

/** Handlers that read the same part of the log are seldom further apart. */
const PAGES = 8;
/** Pages that nobody has asked for lately are dropped, in milliseconds. */
const KEPT_MS = 2_000;

/** Reads a page of settled events from the database. */
export type PageReader = (after: number, limit: number) => Promise<RecordedEvent[]>;

/**
 * Pages of a long log that several handlers of a process read, each at its own pace, such as the partitions of a new
 * projection. They share one read of each page. Only full pages are kept: no event can be added to them.
 */
export class SharedPages {
  private readonly pages = new LRUCache<string, Promise<RecordedEvent[]>>({
    max: PAGES,
    ttl: KEPT_MS,
    updateAgeOnGet: true,
    ttlAutopurge: true,
  });

  constructor(private readonly readPage: PageReader) {}

  /** Settled events after a position, at most `limit`. They must not be changed in place. */
  async read(after: number, limit: number): Promise<readonly RecordedEvent[]> {
    const place = `${after} ${limit}`;
    const known = this.pages.get(place);
    if (known) return known;
    const page = this.readPage(after, limit);
    this.pages.set(place, page);
    const forget = (): void => {
      if (this.pages.peek(place) === page) this.pages.delete(place);
    };
    page.then(({ length }) => {
      if (length < limit) forget();
    }, forget);
    return page;
  }
}
