import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { AS_ADMIN } from '../support/credentials.js';

/** An event as it came over a live stream. */
export interface StreamedEvent {
  readonly id: number;
  readonly event: string;
  readonly data: {
    readonly id: string;
    readonly type: string;
    readonly position: number;
    readonly stream: string;
    readonly version: number;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** A client of a live stream, by the book of Server-Sent Events as far as the service makes use of it. */
export class SseReader {
  readonly events: StreamedEvent[] = [];
  comments = 0;
  /** The id that came last: what a browser would come back with. */
  lastId: number | undefined;
  hasEnded = false;
  /** Whether the other side ended it properly, as opposed to cutting it off. */
  isComplete = false;
  private rest = '';
  private readonly waiters = new Set<() => void>();

  private constructor(
    private readonly sent: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.take(text);
    });
    response.on('error', () => undefined); // a reader that goes away, or is cut off: 'close' follows
    response.on('close', () => {
      this.hasEnded = true;
      this.isComplete = response.complete;
      this.wakeAll();
    });
  }

  /** @param target path and query */
  static async open(
    origin: string,
    target: string,
    headers: Record<string, string> = {},
  ): Promise<SseReader> {
    const sent = request(new URL(target, origin), {
      headers: { accept: 'text/event-stream', ...AS_ADMIN, ...headers },
      agent: false,
    });
    sent.on('error', () => undefined); // as above
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return new SseReader(sent, response);
  }

  /** Resolves when `isThere`, looked at whenever something has come. It rejects when the stream ends before. */
  async until(what: string, isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.hasEnded) throw new Error(`The stream ended before ${what}.`);
      await this.news();
    }
  }

  /** Resolves when the stream is over. */
  async ended(): Promise<void> {
    while (!this.hasEnded) await this.news();
  }

  /** Takes nothing from the connection any more. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  /** Goes away without a word. */
  leave(): void {
    this.sent.destroy();
  }

  private async news(): Promise<void> {
    await new Promise<void>((resolve) => this.waiters.add(resolve));
  }

  private wakeAll(): void {
    for (const resolve of this.waiters) resolve();
    this.waiters.clear();
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('id') !== '') this.lastId = Number(field('id'));
      if (lines.some((line) => line.startsWith(':'))) this.comments += 1;
      // Without data there is no event.
      if (field('data') !== '') {
        const data = JSON.parse(field('data')) as StreamedEvent['data'];
        this.events.push({ id: Number(field('id')), event: field('event'), data });
      }
    }
    this.wakeAll();
  }
}
