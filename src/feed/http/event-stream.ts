import type { ServerResponse } from 'node:http';
import type { EventFeed, FeedFilter, RecordedEvent } from '../../event-sourcing/index.js';
import type { FeedOptions } from '../feed-options.js';
import { feedEventDto } from './events.dto.js';

/** Events that are fetched at once, and the most that wait here for a reader. */
const PAGE = 100;
/** Characters after which a piece is sent. A connection holds one piece beyond its own high-water mark at most. */
const PIECE = 16 * 1024;

/** Events near the end of the log are shared by all readers, and so is their text. */
const texts = new WeakMap<RecordedEvent, string>();

/** One reader of the log: sends what it has not seen yet, as fast as it takes it. */
export class EventStream {
  private fetched: readonly RecordedEvent[] = [];
  private sent = 0;
  /** Up to where the log was looked at for the events that are fetched. */
  private position: number;
  private isPumping = false;
  private isEnding = false;
  private timer: NodeJS.Timeout | undefined;
  private isBlocked = false;

  /**
   * @param reached position up to which the reader has seen the log
   * @param onFailure is told why a stream was broken off; the reader comes back for the rest
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

  /** Bytes that the reader has not taken yet. */
  get buffered(): number {
    return this.response.writableLength;
  }

  /** Sends what there is, unless that is going on already or the reader has to catch up first. */
  wake(): void {
    if (this.isPumping || !this.canSend) return;
    this.isPumping = true;
    this.pump().catch((error: unknown) => {
      this.breakOff(`The log could not be read: ${String(error)}`);
    });
  }

  /**
   * Shows that the connection is alive, to the reader and to those between. The id is the position reached: a reader of
   * rare events who comes back with it does not have the log searched again. Browsers take it without an event.
   */
  beat(): void {
    if (this.canSend) this.send(`: heartbeat\nid: ${this.reached}\n\n`);
  }

  /** Ends it properly. A reader who does not take the rest in time is cut off; a server that closes does so at once. */
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
      // In the same moment as the last look at the mark: nobody wakes in between.
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
      this.breakOff(`A reader has taken nothing for ${stallMs} ms.`);
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
