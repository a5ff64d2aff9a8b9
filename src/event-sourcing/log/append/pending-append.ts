import type { Append, AppendResult } from './append.js';

/** An append under way, and those that it builds on. Another append may build on it before its outcome is known. */
export class PendingAppend {
  /** @internal */
  outcome: 'waiting' | 'sent' | 'stored' | 'failed' = 'waiting';
  /** What came of the append. Rejects if it could not be sent. */
  readonly result: Promise<AppendResult>;
  /** @internal */
  resolve!: (result: AppendResult) => void; // set by the promise's executor, which runs at once
  /** @internal */
  reject!: (error: unknown) => void; // likewise

  /** @internal */
  constructor(
    /** @internal */
    readonly append: Append,
    /** @internal Known while this append is open, and forgotten then: a busy stream would string up its appends for ever. */
    public buildsOn: readonly PendingAppend[],
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever awaits the result is told of an error, also late; that nobody awaits it yet must not end the process.
    this.result.catch(() => undefined);
  }

  /** Whether this append is `other`, or builds on it, directly or not. */
  restsOn(other: PendingAppend): boolean {
    const below = new Set<PendingAppend>([this]);
    // The set grows while it is walked through. No recursion: on a busy stream it is a long way down.
    for (const pending of below) for (const base of pending.buildsOn) below.add(base);
    return below.has(other);
  }

  /** @internal */
  settle(result: AppendResult): void {
    this.outcome = result.status === 'appended' ? 'stored' : 'failed';
    this.buildsOn = [];
    this.resolve(result);
  }

  /** @internal */
  fail(error: unknown): void {
    this.outcome = 'failed';
    this.buildsOn = [];
    this.reject(error);
  }
}
