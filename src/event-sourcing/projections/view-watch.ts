import { Signal } from '../runtime/signal.js';

const POLL_MS = 25;

/** Lets readers wait for a view that is a little behind. */
export class ViewWatch {
  private readonly waiting = new Set<Signal>();

  /** A projection of this process has moved on. */
  notify(): void {
    for (const signal of this.waiting) signal.set();
  }

  /**
   * Reads until something is there: at once, whenever a projection of this process has moved on, and every 25 ms, as the
   * projection may run in another process.
   * @returns what `read` gave, or `undefined` when it gave nothing within `timeoutMs`
   */
  async until<T>(read: () => Promise<T | undefined>, timeoutMs: number): Promise<T | undefined> {
    const giveUpAt = performance.now() + timeoutMs;
    const signal = new Signal();
    this.waiting.add(signal);
    try {
      for (;;) {
        const found = await read();
        if (found !== undefined || performance.now() >= giveUpAt) return found;
        await signal.wait(POLL_MS);
      }
    } finally {
      this.waiting.delete(signal);
    }
  }
}
