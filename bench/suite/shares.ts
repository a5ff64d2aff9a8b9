/** How the parts share the time. Those not listed get none, and measure their fewest rounds. */
const SHARES: Readonly<Record<string, number>> = {
  log: 4,
  lag: 6,
  'fan-out': 3,
  'catch-up': 17,
  memory: 4,
  adds: 28,
  reads: 24,
  changes: 14,
};

/**
 * When each part should be over. A part that ends early leaves its time to those after it.
 * @param parts in their order
 * @param startedAt in milliseconds
 * @returns milliseconds by part
 */
export function deadlinesOf(
  parts: readonly string[],
  startedAt: number,
  minutes: number,
): ReadonlyMap<string, number> {
  const total = parts.reduce((sum, part) => sum + (SHARES[part] ?? 0), 0);
  let used = 0;
  return new Map(
    parts.map((part) => {
      used += SHARES[part] ?? 0;
      return [part, startedAt + (minutes * 60_000 * used) / total];
    }),
  );
}
