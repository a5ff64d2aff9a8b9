import type { Append, AppendResult } from './append.js';
import type { BatchReport } from '../../runtime/monitor.js';
import type { BatchEntry } from './append-batch.js';
import { BatchPlan } from './batch-plan.js';
import { PendingAppend } from './pending-append.js';
import { StreamUse } from './stream-use.js';

/** What a sent append came to: its result, an error that is its own, or word that one of its streams was locked just then. */
export type SentOutcome =
  AppendResult | { readonly status: 'busy' } | { readonly status: 'error'; readonly error: unknown };

/** Stores a batch. Resolves to one outcome per entry. Rejects when none of them can be known. */
export type SendBatch = (entries: readonly BatchEntry[], wait: boolean) => Promise<SentOutcome[]>;

/** An append that is on disk, and where. */
export interface StoredAppend {
  readonly append: Append;
  readonly positions: readonly number[] | undefined;
}

export interface GroupCommitOptions {
  /** How many batches may be on their way at once. */
  readonly maxBatchesInFlight: number;
  /** How many appends at most ride in one batch. */
  readonly maxBatchSize: number;
  /**
   * Called when appends of a batch are on disk, with those that this batch stored, in their order. Appends that an earlier batch had
   * stored, whose answer was lost, are not among them. Whoever waits for a result is told later.
   */
  readonly onStored: (stored: readonly StoredAppend[]) => void;
  /** Called with what became of each batch, when it is answered. */
  readonly onBatch?: (batch: BatchReport) => void;
}

/**
 * Gathers the appends of one turn of the event loop, and those that arrive while batches are on their way, and sends them together:
 * many commands share one round trip and one flush to disk. There is no delay beyond that.
 *
 * Appends of one process that would get in each other's way wait for each other here, in the order in which they came,
 * and never meet in the database. Appends that build on each other ride in the same batch, one behind the other.
 */
export class GroupCommit {
  private queue: PendingAppend[] = [];
  private readonly inFlight = new StreamUse();
  private batches = 0;
  private scheduled = false;
  private readonly idle: (() => void)[] = [];

  constructor(
    private readonly send: SendBatch,
    private readonly options: GroupCommitOptions,
  ) {}

  /** Appends waiting to be sent. */
  get waiting(): number {
    return this.queue.length;
  }

  enqueue(append: Append, buildsOn: readonly PendingAppend[] = []): PendingAppend {
    const pending = new PendingAppend(append, buildsOn);
    this.queue.push(pending);
    this.schedule();
    return pending;
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async drained(): Promise<void> {
    if (this.queue.length === 0 && this.batches === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // At the end of the turn: what the same turn has read from other sockets comes along.
    setImmediate(() => {
      this.scheduled = false;
      this.sendWhatCanGo();
    });
  }

  private sendWhatCanGo(): void {
    while (this.queue.length > 0 && this.batches < this.options.maxBatchesInFlight) {
      const batch = this.takeBatch();
      if (batch.length === 0) break;
      this.dispatch(batch, false);
    }
    if (this.queue.length === 0 && this.batches === 0) {
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  private takeBatch(): readonly PendingAppend[] {
    const plan = new BatchPlan();
    const stay: PendingAppend[] = [];
    /** What those that stay use: nobody overtakes them on it. */
    const ahead = new StreamUse();
    for (const pending of this.queue) {
      if (pending.buildsOn.some(({ outcome }) => outcome === 'failed')) {
        // Decided on a state that never came to be.
        pending.settle({ status: 'conflict' });
      } else if (
        plan.appends.length < this.options.maxBatchSize &&
        plan.fits(pending) &&
        !this.inFlight.conflictsWith(pending.append) &&
        !ahead.conflictsWith(pending.append)
      ) {
        plan.add(pending);
      } else {
        stay.push(pending);
        ahead.add(pending.append);
      }
    }
    this.queue = stay;
    return plan.appends;
  }

  private dispatch(batch: readonly PendingAppend[], wait: boolean): void {
    this.batches += 1;
    const indexOf = new Map(batch.map((pending, index) => [pending, index]));
    const entries = batch.map(({ append, buildsOn }) => ({
      append,
      buildsOn: buildsOn.flatMap((base) => indexOf.get(base) ?? []),
    }));
    for (const pending of batch) {
      pending.outcome = 'sent';
      this.inFlight.add(pending.append);
    }
    const sentAt = performance.now();
    this.send(entries, wait).then(
      (outcomes) => {
        const conflicts = outcomes.filter(({ status }) => status === 'conflict' || status === 'busy').length;
        this.options.onBatch?.({ appends: batch.length, conflicts, ms: performance.now() - sentAt });
        this.finish(batch, outcomes);
      },
      (error: unknown) => {
        this.finish(
          batch,
          batch.map(() => ({ status: 'error', error })),
        );
      },
    );
  }

  private finish(batch: readonly PendingAppend[], outcomes: readonly SentOutcome[]): void {
    this.batches -= 1;
    const busy = new Set<PendingAppend>();
    const behindBusy = new Set<PendingAppend>();
    const stored: StoredAppend[] = [];
    batch.forEach((pending, index) => {
      const outcome = outcomes[index] ?? {
        status: 'error',
        error: new Error('The log gave no outcome for an append.'),
      };
      this.inFlight.remove(pending.append);
      if (pending.buildsOn.some((base) => busy.has(base) || behindBusy.has(base))) behindBusy.add(pending);
      else if (outcome.status === 'busy') busy.add(pending);
      else if (outcome.status === 'error') pending.fail(outcome.error);
      else pending.settle(outcome);
      if (outcome.status === 'appended')
        stored.push({ append: pending.append, positions: outcome.positions });
    });
    const isAnyRepeated = outcomes.some(({ status }) => status === 'repeated');
    if (stored.length > 0 || isAnyRepeated) this.options.onStored(stored);
    for (const pending of behindBusy) pending.outcome = 'waiting';
    this.queue.unshift(...behindBusy);
    // Another process holds these streams. Each waits for its locks in a call of its own, so that it holds nobody up.
    for (const pending of busy) this.dispatch([pending], true);
    this.schedule();
  }
}
