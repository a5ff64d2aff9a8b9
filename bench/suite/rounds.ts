import type { Contestant } from '../support/rounds.js';

/** How long rounds may go on. */
export interface RoundLimits {
  readonly rounds: number;
  /** Time of `performance.now()` after which no further round begins, the first one excepted. */
  readonly deadline: number;
}

/**
 * Measures all contestants in turn, round after round. One that fails is left out from then on, and the others go on.
 * @param onResult is told each result, or undefined for one that is missing
 * @param onFailure is told the first failure of each contestant
 */
export async function tolerantRounds<Result>(
  contestants: readonly Contestant<Result>[],
  { rounds, deadline }: RoundLimits,
  onResult: (name: string, result: Result | undefined) => void,
  onFailure: (name: string, error: unknown) => void,
): Promise<void> {
  const failed = new Set<string>();
  for (let round = 1; round <= rounds; round += 1) {
    if (round > 1 && performance.now() > deadline) return;
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
  }
}
