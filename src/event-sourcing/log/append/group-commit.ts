import type { Append, AppendResult } from './append.js';
import type { BatchReport } from '../../runtime/monitor.js';
import type { BatchEntry } from './batch-arrays.js';
import { BatchPlan } from './batch-plan.js';
import { beginShared, type Span, type Tracing } from '../../runtime/tracing.js';
import { PendingAppend } from './pending-append.js';
import { StreamUse } from './stream-use.js';

/** The outcome of a sent append: its result, an error of its own, or `busy` if one of its streams was locked. */
export type SentOutcome =
  AppendResult | { readonly status: 'busy' } | { readonly status: 'error'; readonly error: unknown };

/** Stores a batch. Resolves to one outcome per entry. Rejects when none of them is known. */
export type SendBatch = (entries: readonly BatchEntry[], wait: boolean) => Promise<SentOutcome[]>;

/** An append that is on disk. */
export interface StoredAppend {
  readonly append: Append;
  /**
   * The positions of its events; `undefined` if an earlier batch stored it and the answer was lost, or if it is a
   * repeat.
   */
  readonly positions: readonly number[] | undefined;
}

export interface GroupCommitOptions {
  /** How many batches may be in flight at once. */
  readonly maxBatchesInFlight: number;
  /** How many appends at most share one batch. */
  readonly maxBatchSize: number;
  /** Called with the appends of a batch that are on disk, in their order, before their results are awaited. */
  readonly onStored: (stored: readonly StoredAppend[]) => void;
  /** Called with the report of each batch, when it is answered. */
  readonly onBatch?: (batch: BatchReport) => void;
  /** Records a span for each append, and one for each batch of several. */
  readonly tracing?: Tracing | undefined;
}

const DATABASE = { 'db.system.name': 'postgresql' };

/** Begins the span of an append: from its arrival until its outcome is known. */
function beginAppend(tracing: Tracing, { writes }: Append): Span {
  const events = writes.reduce((sum, write) => sum + write.events.length, 0);
  const attributes = { ...DATABASE, 'db.operation.name': 'append', 'durable_cqrs.events': events };
  return tracing.begin({ name: 'append', kind: 'client', attributes });
}

/**
 * Sends the appends of one turn of the event loop together with those that arrived while batches were in flight. So
 * many commands share one round trip and one flush to disk. There is no other delay.
 *
 * Appends of one process that conflict wait for each other here, in the order of their arrival, and never meet in the
 * database. Appends that build on each other share a batch, one after the other.
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

  /** How many appends wait to be sent. */
  get waiting(): number {
    return this.queue.length;
  }

  /** @param buildsOn appends of this process whose events `append` takes for granted */
  enqueue(append: Append, buildsOn: readonly PendingAppend[] = []): PendingAppend {
    const { tracing } = this.options;
    const pending = new PendingAppend(append, buildsOn, tracing && beginAppend(tracing, append));
    this.queue.push(pending);
    this.schedule();
    return pending;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    if (this.queue.length === 0 && this.batches === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // At the end of the turn, so that requests from other sockets of the same turn share the batch.
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
    /** The streams of appends that have to wait: no later append overtakes them there. */
    const ahead = new StreamUse();
    for (const pending of this.queue) {
      if (pending.buildsOn.some(({ outcome }) => outcome === 'failed')) {
        // It was decided on a state that was never stored.
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
    const span = this.beginBatch(batch);
    this.send(entries, wait).then(
      (outcomes) => {
        span?.end();
        const conflicts = outcomes.filter(({ status }) => status === 'conflict' || status === 'busy').length;
        this.options.onBatch?.({ appends: batch.length, conflicts, ms: performance.now() - sentAt });
        this.finish(batch, outcomes);
      },
      (error: unknown) => {
        span?.end(error);
        this.finish(
          batch,
          batch.map(() => ({ status: 'error', error })),
        );
      },
    );
  }

  private beginBatch(batch: readonly PendingAppend[]): Span | undefined {
    const { tracing } = this.options;
    if (tracing === undefined || batch.length === 1) return undefined;
    const attributes = {
      ...DATABASE,
      'db.operation.name': 'append',
      'db.operation.batch.size': batch.length,
    };
    const spans = batch.flatMap(({ span }) => span ?? []);
    return beginShared(tracing, { name: 'append batch', kind: 'client', attributes }, spans);
  }

  private finish(batch: readonly PendingAppend[], outcomes: readonly SentOutcome[]): void {
    this.batches -= 1;
    const busy = new Set<PendingAppend>();
    const behindBusy = new Set<PendingAppend>();
    const stored: StoredAppend[] = [];
    batch.forEach((pending, index) => {
      const outcome = outcomes[index] ?? {
        status: 'error',
        error: new Error(
          'The event log returned no outcome for this append; whether it was stored is unknown.',
        ),
      };
      this.inFlight.remove(pending.append);
      if (pending.buildsOn.some((base) => busy.has(base) || behindBusy.has(base))) behindBusy.add(pending);
      else if (outcome.status === 'busy') busy.add(pending);
      else if (outcome.status === 'error') pending.fail(outcome.error);
      else pending.settle(outcome);
      if (outcome.status === 'appended')
        stored.push({ append: pending.append, positions: outcome.positions });
      if (outcome.status === 'repeated') stored.push({ append: pending.append, positions: undefined });
    });
    if (stored.length > 0) this.options.onStored(stored);
    for (const pending of behindBusy) pending.outcome = 'waiting';
    this.queue.unshift(...behindBusy);
    // Another process has locked these streams. Each append waits in a call of its own, so that it delays no other.
    for (const pending of busy) this.dispatch([pending], true);
    this.schedule();
  }
}
