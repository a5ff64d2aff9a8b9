import type { Append, AppendResult } from './append.js';

/** An append under way, and what it builds on. Another append may build on it before its outcome is known. */
export class PendingAppend {
  outcome: 'waiting' | 'sent' | 'stored' | 'failed' = 'waiting';
  readonly result: Promise<AppendResult>;
  resolve!: (result: AppendResult) => void; // set by the promise's executor, which runs at once
  reject!: (error: unknown) => void; // likewise

  constructor(
    readonly append: Append,
    /** Known while this append is open, and forgotten then: a busy stream would string up its appends for ever. */
    public buildsOn: PendingAppend | undefined,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Whether this append is `other`, or builds on it. */
  restsOn(other: PendingAppend): boolean {
    return this === other || (this.buildsOn?.restsOn(other) ?? false);
  }

  settle(result: AppendResult): void {
    this.outcome = result.status === 'appended' ? 'stored' : 'failed';
    this.buildsOn = undefined;
    this.resolve(result);
  }

  fail(error: unknown): void {
    this.outcome = 'failed';
    this.buildsOn = undefined;
    this.reject(error);
  }
}
