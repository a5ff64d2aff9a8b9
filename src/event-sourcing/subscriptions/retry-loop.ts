import { LogUnavailableError } from '../log/append/append.js';
import { isConnectionError } from '../postgres/database-errors.js';
import { Signal } from '../runtime/signal.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** Shorter, so that a database that is back is noticed soon: readers wait for views that are behind. */
const LONGEST_PAUSE_AFTER_LOSS_MS = 1_000;

/** Repeats work that fails, with growing pauses, until it succeeds or the loop is stopped. */
export class RetryLoop {
  private readonly end = new Signal();
  private failingSince: number | undefined;
  private stopped = false;

  /**
   * @param isFinal whether a repeat would fail with the same error
   * @param onRetry called for each error that is not final
   */
  constructor(
    private readonly isFinal: (error: unknown) => boolean,
    private readonly onRetry: (error: unknown) => void,
  ) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  /** Whether the last attempt failed. */
  get isFailing(): boolean {
    return this.failingSince !== undefined;
  }

  /** For how long the work has failed without a success in between, in milliseconds. */
  get failingForMs(): number {
    return this.failingSince === undefined ? 0 : performance.now() - this.failingSince;
  }

  /** Ends the pauses, and the loop after the work under way. */
  stop(): void {
    this.stopped = true;
    this.end.set();
  }

  /**
   * @param work gets whether it is called again after an error
   * @returns `undefined` when the loop was stopped before the work succeeded
   * @throws the first final error
   */
  async run<T>(work: (again: boolean) => Promise<T>): Promise<T | undefined> {
    for (let pause = 0; ;) {
      await this.rest(performance.now() + pause);
      if (this.stopped) return undefined;
      try {
        const result = await work(pause > 0);
        this.failingSince = undefined;
        return result;
      } catch (error) {
        if (this.isFinal(error)) throw error;
        this.failingSince ??= performance.now();
        pause = nextPause(pause, error);
        this.onRetry(error);
      }
    }
  }

  /** Waits until a time of `performance.now()`, or until the loop is stopped. */
  async rest(until: number): Promise<void> {
    for (let left = until - performance.now(); left > 0 && !this.stopped; left = until - performance.now()) {
      await this.end.wait(left);
    }
  }
}

function nextPause(pause: number, error: unknown): number {
  const isLoss = error instanceof LogUnavailableError || isConnectionError(error);
  const longest = isLoss ? LONGEST_PAUSE_AFTER_LOSS_MS : LONGEST_PAUSE_MS;
  return Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), longest);
}
