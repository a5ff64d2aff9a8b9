import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled/settled-log.js';

/** Events that a page covers, with those that are left out. */
export const PAGE = 2_000;
/** As `PAGE`, for a projection. It writes a row once for all events of a page, so larger pages write less. */
export const PROJECTION_PAGE = 5_000;

/** A page that is being read. */
interface PageRead {
  /** The page begins after this position. */
  readonly start: number;
  /** Up to this position the log was settled when the read began. */
  readonly mark: number;
  readonly events: Promise<readonly RecordedEvent[]>;
}

/**
 * Reads the log page by page for one handler. While the handler takes a page, the next one is read. A slow handler takes
 * a page in slices; the page is read once.
 */
export class PageReader {
  private page: readonly RecordedEvent[] = [];
  /** The page begins after this position. */
  private start = 0;
  /** Up to this position the log was settled when the page was read. */
  private mark = 0;
  /** The next page, which is read while the handler takes this one. */
  private next: PageRead | undefined;

  /**
   * @param types those of the handler, which needs no other events; `undefined` for all
   * @param size how many events a page covers
   */
  constructor(
    private readonly log: Pick<SettledLog, 'read' | 'failure' | 'mark'>,
    private readonly types?: ReadonlySet<string>,
    private readonly size = PAGE,
  ) {}

  /** Whether the last page ended where the log did. */
  get reachedEnd(): boolean {
    return (this.page.at(-1)?.position ?? this.mark) >= this.mark;
  }

  /**
   * Events after a position, in order: the rest of the page, or the next one. There are none at the end of the log.
   * @throws LogMismatchError when this process has stopped using the log
   */
  async after(position: number): Promise<readonly RecordedEvent[]> {
    const end = this.page.at(-1)?.position ?? 0;
    if (this.start <= position && position < end && !this.log.failure)
      return this.page.filter((recorded) => recorded.position > position);
    const { next } = this;
    this.next = undefined;
    const { start, mark, events } =
      next?.start === position && !this.log.failure ? next : this.read(position);
    this.page = await events;
    this.start = start;
    this.mark = mark;
    if (!this.reachedEnd) this.readAhead();
    return this.page;
  }

  /** Frees the memory. */
  forget(): void {
    this.page = [];
    this.next = undefined;
  }

  private read(start: number): PageRead {
    return { start, mark: this.log.mark, events: this.log.read(start, this.size, this.types) };
  }

  private readAhead(): void {
    this.next = this.read(this.page.at(-1)?.position ?? this.start);
    // `after` passes the error on when the page is asked for.
    this.next.events.catch(() => undefined);
  }
}
