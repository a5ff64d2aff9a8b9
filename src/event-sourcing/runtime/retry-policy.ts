/** How often, and how patiently, an event is tried that a handler has failed at. */
export interface RetryPolicy {
  /** Attempts until the event is parked, the first one included. */
  readonly attempts: number;
  /** Pause after the first failure, in milliseconds; each later one is four times as long. */
  readonly firstPauseMs: number;
}

export const RETRY_POLICY: RetryPolicy = { attempts: 6, firstPauseMs: 200 };

const GROWTH = 4;

/** @returns milliseconds until the next attempt, `null` when there is to be none */
export function pauseAfter(attempts: number, { attempts: most, firstPauseMs }: RetryPolicy): number | null {
  return attempts >= most ? null : firstPauseMs * GROWTH ** (attempts - 1);
}
