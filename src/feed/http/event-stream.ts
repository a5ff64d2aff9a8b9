import type { ServerResponse } from 'node:http';
import type { EventFeed, FeedFilter, RecordedEvent } from '../../event-sourcing/index.js';
import type { FeedOptions } from '../feed-options.js';
import { feedEventDto } from './events.dto.js';

/** The number of events fetched at once, which is the most that waits here for a reader. */
const PAGE = 100;
/** Characters after which a piece is sent. A connection buffers one piece beyond its high-water mark at most. */
const PIECE = 16 * 1024;

/** The text of each event. All readers share the events near the end of the log. */
const texts = new WeakMap<RecordedEvent, string>();

/** One reader of the log. It gets the events that it has not seen, as fast as it reads. */
export class EventStream {
  private fetched: readonly RecordedEvent[] = [];
  private sent = 0;
  /** The position up to which the log was read for the fetched events. */
  private position: number;
  private isPumping = false;
  private isEnding = false;
  private timer: NodeJS.Timeout | undefined;
  private isBlocked = false;

  /**
   * @param reached the position up to which the reader has seen the log
   * @param onFailure called with the reason when a stream is cut off; the reader can resume
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly feed: Pick<EventFeed, 'page' | 'mark'>,
    private readonly filter: FeedFilter,
    private reached: number,
    private readonly options: FeedOptions,
    private readonly onFailure: (reason: string) => void,
  ) {
    this.position = reached;
    response.on('drain', () => {
      this.isBlocked = false;
      clearTimeout(this.timer);
      this.wake();
    });
    response.once('close', () => {
      this.isEnding = true;
      clearTimeout(this.timer);
    });
  }

  /** Bytes that the reader has not read yet. */
  get buffered(): number {
    return this.response.writableLength;
  }

  /** Sends new events, unless it is already sending or the reader has to catch up first. */
  wake(): void {
    if (this.isPumping || !this.canSend) return;
    this.isPumping = true;
    this.pump().catch((error: unknown) => {
      this.breakOff(`The log could not be read: ${String(error)}`);
    });
  }

  /**
   * Sends a heartbeat, which shows the reader and proxies that the connection is alive. Its id is the position
   * reached. So a reader of rare events who resumes with it does not cause another search of the log. Browsers accept
   * an id without an event.
   */
  beat(): void {
    if (this.canSend) this.send(`: heartbeat\nid: ${this.reached}\n\n`);
  }

  /** Ends the stream. A reader who does not read the rest in time is cut off; when the server closes, at once. */
  end(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.fetched = [];
    clearTimeout(this.timer);
    this.response.end();
    this.timer = setTimeout(() => this.response.destroy(), this.options.stallMs);
  }

  private get canSend(): boolean {
    return !this.isBlocked && !this.isEnding && !this.response.destroyed;
  }

  private async pump(): Promise<void> {
    try {
      while (this.canSend) {
        if (this.sent < this.fetched.length) this.sendPiece();
        else if (this.position >= this.feed.mark) return;
        else {
          const { events, next } = await this.feed.page(this.position, this.filter, PAGE);
          this.fetched = events;
          this.sent = 0;
          this.position = next;
          if (events.length === 0) this.reached = next;
        }
      }
    } finally {
      // In the same tick as the last check of the mark, so that no wake-up is lost.
      this.isPumping = false;
    }
  }

  private sendPiece(): void {
    let piece = '';
    for (const event of this.fetched.slice(this.sent)) {
      if (piece.length >= PIECE) break;
      piece += textOf(event);
      this.sent += 1;
      this.reached = event.position;
    }
    if (this.sent === this.fetched.length) this.reached = this.position;
    this.send(piece);
  }

  private send(text: string): void {
    if (this.response.write(text)) return;
    this.isBlocked = true;
    const { stallMs } = this.options;
    this.timer = setTimeout(() => {
      this.breakOff(`The reader has read nothing for ${stallMs} ms.`);
    }, stallMs);
  }

  private breakOff(reason: string): void {
    this.isEnding = true;
    this.response.destroy();
    this.onFailure(reason);
  }
}

function textOf(recorded: RecordedEvent): string {
  let text = texts.get(recorded);
  if (text === undefined) {
    const { position, event } = recorded;
    text = `id: ${position}\nevent: ${event.type}\ndata: ${JSON.stringify(feedEventDto(recorded))}\n\n`;
    texts.set(recorded, text);
  }
  return text;
}
