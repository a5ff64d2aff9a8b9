/** One thing to be measured beside others. */
export interface Contestant<Result> {
  readonly name: string;
  readonly measure: () => Promise<Result>;
}

/** The results of a contestant, one a round. */
export type Results<Result> = ReadonlyMap<string, readonly Result[]>;

/**
 * Measures all contestants in turn, round after round (A B C A B C …), so that whatever else the machine does hits
 * all of them alike, and results of one round can be compared.
 */
export async function inRounds<Result>(
  contestants: readonly Contestant<Result>[],
  rounds: number,
  say: (line: string) => void,
): Promise<Results<Result>> {
  const results = new Map<string, Result[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (const { name, measure } of contestants) results.get(name)?.push(await measure());
  }
  return results;
}

/** How the contestants `one` and `other` compare, round by round. */
export function ratios<Result>(
  results: Results<Result>,
  one: string,
  other: string,
  valueOf: (result: Result) => number,
): number[] {
  const others = results.get(other) ?? [];
  return (results.get(one) ?? []).flatMap((result, round) => {
    const beside = others[round];
    return beside === undefined ? [] : [valueOf(result) / valueOf(beside)];
  });
}
