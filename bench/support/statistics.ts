/** Several measurements of one thing, the noise of the machine included. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError for no values */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  // Of an even number of values the median lies between the two in the middle.
  const middle = sorted.subarray((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const median = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  return { median, min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

/**
 * @param sorted in ascending order
 * @param share 0 for the smallest value, 0.5 for the one in the middle, 1 for the largest
 * @throws RangeError for no values
 */
export function quantile(sorted: Float64Array, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new RangeError('There is nothing to take a quantile of.');
  return value;
}
