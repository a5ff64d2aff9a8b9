import type { Contestant } from '../support/rounds.js';

/** How long rounds may go on. */
export interface RoundLimits {
  readonly rounds: number;
  /** Rounds that are measured even when the time is over. */
  readonly fewest: number;
  /** Time of `performance.now()` at which the last round should be over. */
  readonly deadline: number;
}

/**
 * Measures all contestants in turn, round after round. One that fails is left out from then on, and the others go on.
 * No further round begins when it would end after the deadline, if it took as long as the longest so far.
 * @param onResult gets each result, or undefined for one that is missing
 * @param onFailure gets the first failure of each contestant
 */
export async function tolerantRounds<Result>(
  contestants: readonly Contestant<Result>[],
  { rounds, fewest, deadline }: RoundLimits,
  onResult: (name: string, result: Result | undefined) => void,
  onFailure: (name: string, error: unknown) => void,
): Promise<void> {
  const failed = new Set<string>();
  let longestMs = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const startedAt = performance.now();
    if (round > fewest && startedAt + longestMs > deadline) return;
    for (const { name, measure } of contestants) {
      if (failed.has(name)) {
        onResult(name, undefined);
        continue;
      }
      try {
        onResult(name, await measure());
      } catch (error) {
        failed.add(name);
        onFailure(name, error);
        onResult(name, undefined);
      }
    }
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
}
