import { LRUCache } from 'lru-cache';

/** A waiting timer, as the SQL function `store_commands_of_saga` describes it. */
export interface WaitingTimer {
  readonly id: string;
  /** When it is due by the clock of the database, in milliseconds since 1970. */
  readonly dueAt: number;
  /** Milliseconds until then, at the time of the statement. */
  readonly leftMs: number;
}

/** A timer that is due this soon counts as one that may have run: moving the checkpoint takes time. */
const MARGIN_MS = 5_000;
/** How many timers are remembered, in about 200 bytes each. Another one is written again with the next checkpoint. */
const TIMERS_KEPT = 20_000;

interface Known {
  readonly dueAt: number;
  /** By `performance.now()`. */
  readonly knownUntil: number;
}

/**
 * Timers of a saga that are known to wait. A timer waits until it is due, unless somebody else removes it or brings it
 * forward, which raises the epoch of the saga. The monotonic clock of this process estimates whether it is due; the
 * database checks it when the checkpoint moves (`Batch.reliesUntil`).
 */
export class WaitingTimers {
  private readonly byId = new LRUCache<string, Known>({ max: TIMERS_KEPT });

  /** @returns until when the timer is known to wait, by the clock of the database; `undefined` if it may not wait */
  waitsUntil(id: string): number | undefined {
    const known = this.byId.get(id);
    return known && performance.now() < known.knownUntil ? known.dueAt : undefined;
  }

  /** @param sentAt time of `performance.now()` before the statement was sent */
  remember({ id, dueAt, leftMs }: WaitingTimer, sentAt: number): void {
    if (leftMs > MARGIN_MS) this.byId.set(id, { dueAt, knownUntil: sentAt + leftMs - MARGIN_MS });
  }

  forget(id: string): void {
    this.byId.delete(id);
  }

  forgetAll(): void {
    this.byId.clear();
  }
}
