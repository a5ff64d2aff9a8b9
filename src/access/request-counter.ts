import { LRUCache } from 'lru-cache';

/** The number of requests that a caller may send in a window of time. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** The state of a caller's window. */
export interface Standing {
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
  /** Whether the counted request exceeds the limit. */
  readonly isExceeded: boolean;
}

interface Window {
  count: number;
  /** By the monotonic clock: a step of the wall clock would lock callers out or let them in. */
  readonly begunAt: number;
}

/** The most callers in memory. Beyond it, the callers that have been silent longest are forgotten. */
const CALLERS = 50_000;

/** Counts requests by caller, in fixed windows that start with a caller's first request. */
export class RequestCounter {
  private readonly windows = new LRUCache<string, Window>({ max: CALLERS });

  constructor(readonly limit: RateLimit) {}

  /** Counts one request of a caller. */
  count(caller: string): Standing {
    const { requests, windowMs } = this.limit;
    const now = performance.now();
    const window = this.windowOf(caller, now) ?? { count: 0, begunAt: now };
    if (window.count === 0) this.windows.set(caller, window);
    window.count += 1;
    return {
      remaining: Math.max(0, requests - window.count),
      resetMs: window.begunAt + windowMs - now,
      isExceeded: window.count > requests,
    };
  }

  /** Whether the next request of a caller would exceed the limit. */
  isUsedUp(caller: string): boolean {
    const window = this.windowOf(caller, performance.now());
    return window !== undefined && window.count >= this.limit.requests;
  }

  private windowOf(caller: string, now: number): Window | undefined {
    const window = this.windows.get(caller);
    return window !== undefined && now - window.begunAt < this.limit.windowMs ? window : undefined;
  }
}
