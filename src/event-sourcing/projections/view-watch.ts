import { Signal } from '../runtime/signal.js';

const POLL_MS = 25;

/** Lets readers wait for a view that is slightly behind. */
export class ViewWatch {
  private readonly waiting = new Set<Signal>();

  /** Wakes the readers: a projection of this process has written. */
  notify(): void {
    for (const signal of this.waiting) signal.set();
  }

  /**
   * Reads until there is a result: at once, after each write of a projection of this process, and every 25 ms,
   * because the projection may run in another process.
   * @param read resolves to `undefined` if there is no result yet
   * @param timeoutMs how long to wait, in milliseconds
   * @returns the result, or `undefined` if there was none in time
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
