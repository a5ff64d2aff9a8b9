import type { Append, AppendResult } from './append.js';

/** An append under way, and those that it builds on. Another append may build on it before its outcome is known. */
export class PendingAppend {
  outcome: 'waiting' | 'sent' | 'stored' | 'failed' = 'waiting';
  readonly result: Promise<AppendResult>;
  resolve!: (result: AppendResult) => void; // set by the promise's executor, which runs at once
  reject!: (error: unknown) => void; // likewise

  constructor(
    readonly append: Append,
    /** Known while this append is open, and forgotten then: a busy stream would string up its appends for ever. */
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

  settle(result: AppendResult): void {
    this.outcome = result.status === 'appended' ? 'stored' : 'failed';
    this.buildsOn = [];
    this.resolve(result);
  }

  fail(error: unknown): void {
    this.outcome = 'failed';
    this.buildsOn = [];
    this.reject(error);
  }
}
