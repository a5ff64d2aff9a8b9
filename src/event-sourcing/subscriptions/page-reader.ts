import type { RecordedEvent } from '../kernel/recorded-event.js';
import type { SettledLog } from '../log/settled/settled-log.js';

/** Events of a page. */
export const PAGE = 2_000;

/** A page that is being read while the one before it is delivered. */
interface NextPage {
  /** The page begins after this position. */
  readonly start: number;
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
  private next: NextPage | undefined;

  constructor(private readonly log: Pick<SettledLog, 'read' | 'failure'>) {}

  /** Whether the last page ended where the log did. */
  get reachedEnd(): boolean {
    return this.page.length < PAGE;
  }

  /**
   * Events after a position, in order: the rest of the page, or the next one. There are none at the end of the log.
   * @throws LogMismatchError when this process has stopped using the log
   */
  async after(position: number): Promise<readonly RecordedEvent[]> {
    const end = this.page.at(-1)?.position ?? 0;
    if (this.start <= position && position < end && !this.log.failure)
      return this.page.filter((recorded) => recorded.position > position);
    this.page = await this.read(position);
    this.start = position;
    this.readAhead();
    return this.page;
  }

  /** Frees the memory. */
  forget(): void {
    this.page = [];
    this.next = undefined;
  }

  private async read(position: number): Promise<readonly RecordedEvent[]> {
    const { next } = this;
    this.next = undefined;
    const isNext = next?.start === position && !this.log.failure;
    return isNext ? next.events : this.log.read(position, PAGE);
  }

  private readAhead(): void {
    const end = this.page.at(-1);
    if (!end || this.reachedEnd) return;
    const events = this.log.read(end.position, PAGE);
    // Whoever asks for the page gets the error.
    events.catch(() => undefined);
    this.next = { start: end.position, events };
  }
}
