/** How often a failed event or command is tried again, and after which pauses. */
export interface RetryPolicy {
  /** Attempts, including the first one. After the last one, only an operator retries. */
  readonly attempts: number;
  /** Pause after the first failure, in milliseconds; each later one is four times as long. */
  readonly firstPauseMs: number;
}

export const RETRY_POLICY: RetryPolicy = { attempts: 6, firstPauseMs: 200 };

const GROWTH = 4;

/** @returns milliseconds until the next attempt; `null` after the last one */
export function pauseAfter(attempts: number, { attempts: most, firstPauseMs }: RetryPolicy): number | null {
  return attempts >= most ? null : firstPauseMs * GROWTH ** (attempts - 1);
}
