import type { PendingAppend } from '../log/append/pending-append.js';
import { Decision, StreamsMissing, TooEarly } from './decision.js';
import type { SeenStreams } from './seen-streams.js';
import type { StateCache } from './state-cache.js';
import type { StreamCell } from './stream-cell.js';
import type { StreamRef } from './stream-ref.js';
import type { Transaction } from './transaction.js';
import { verdictOf, type Decided, type Verdict } from './verdict.js';

/** A run of a decision that has seen all that it asked for. */
export interface CompleteRun<T> {
  readonly seen: SeenStreams;
  readonly verdict: Verdict<T>;
  /** Appends of this process whose events the decision took for granted. */
  readonly buildsOn: readonly PendingAppend[];
}

/** Runs one decision, as often as it takes: with the streams that it asks for, and anew after a conflict. */
export class DecisionRunner<T> {
  /** Cells that were loaded for this decision, in case the cache has no room for them. */
  private readonly loaded = new Map<string, StreamCell>();
  private missing: readonly StreamRef[] = [];

  /** @param notBefore the earliest time of the decision, even if the clock is behind */
  constructor(
    private readonly decide: (transaction: Transaction) => Decided<T>,
    private readonly cache: StateCache,
    private readonly clock: () => Date,
    private notBefore: Date = new Date(0),
  ) {}

  /**
   * Runs the decision. It is synchronous, so that the caller can send the append before the next decision runs, which
   * then sees its events.
   * @returns `undefined` if streams are missing: `loadMissing` provides them
   * @throws whatever the decision throws, other than a DomainError
   */
  run(): CompleteRun<T> | undefined {
    for (;;) {
      const now = this.clock();
      const decision = new Decision(this.cache, this.loaded, now > this.notBefore ? now : this.notBefore);
      try {
        const verdict = verdictOf<T>(this.decide, decision);
        return { seen: decision.seen, verdict, buildsOn: decision.seen.buildsOn };
      } catch (error) {
        if (error instanceof StreamsMissing) {
          this.missing = error.refs;
          return undefined;
        }
        if (!(error instanceof TooEarly)) throw error;
        this.notBefore = error.notBefore;
      }
    }
  }

  async loadMissing(): Promise<void> {
    const refs = this.missing;
    const cells = await this.cache.load(refs);
    cells.forEach((cell, index) => this.loaded.set(refs[index]?.stream ?? '', cell));
  }

  /** Brings the streams of a run that met a conflict up to date. */
  async refresh({ seen }: CompleteRun<T>): Promise<void> {
    this.loaded.clear();
    await this.cache.refresh(seen.refs);
  }
}
