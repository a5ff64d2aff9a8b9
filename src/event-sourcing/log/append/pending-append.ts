import type { Span } from '../../runtime/tracing.js';
import type { Append, AppendResult } from './append.js';

/** An append whose outcome is not known yet. Other appends may build on it before. */
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
    /** @internal Dropped with the outcome, as the chain of a busy stream would grow without end. */
    public buildsOn: readonly PendingAppend[],
    /** @internal The span of the append, if it is traced. */
    readonly span?: Span,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // An error that nobody awaits yet must not end the process. Awaiting the result later still throws it.
    this.result.catch(() => undefined);
  }

  /** Whether this append is `other`, or builds on it, directly or not. */
  restsOn(other: PendingAppend): boolean {
    const below = new Set<PendingAppend>([this]);
    // The set grows while it is iterated. No recursion: the chain of a busy stream is long.
    for (const pending of below) for (const base of pending.buildsOn) below.add(base);
    return below.has(other);
  }

  /** @internal */
  settle(result: AppendResult): void {
    this.outcome = result.status === 'appended' ? 'stored' : 'failed';
    this.span?.describe({ 'durable_cqrs.outcome': result.status });
    this.span?.end();
    this.buildsOn = [];
    this.resolve(result);
  }

  /** @internal */
  fail(error: unknown): void {
    this.outcome = 'failed';
    this.span?.end(error);
    this.buildsOn = [];
    this.reject(error);
  }
}
