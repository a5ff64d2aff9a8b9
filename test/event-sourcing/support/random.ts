const DEFAULT_SEED = Date.now() % 2 ** 31;

/** Random numbers that can be had again: set TEST_SEED to the seed that a failed run has printed. */
export class Random {
  constructor(private state: number) {}

  /** Seeded by TEST_SEED, or by the clock. The seed is printed, as without it a failure could not be repeated. */
  static fromEnvironment(): Random {
    const seed = Number(process.env['TEST_SEED'] ?? DEFAULT_SEED);
    process.stdout.write(`${expect.getState().currentTestName ?? ''}: TEST_SEED=${seed}\n`);
    return new Random(seed);
  }

  /** A fraction from 0 to just below 1. Mulberry32, by Tommy Ettinger. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** Whether something of this probability happens. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T; // lists here are never empty
  }

  /** Several different ones of a list, in random order. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    return Array.from({ length: Math.min(count, list.length) }, () =>
      rest.splice(this.below(rest.length), 1),
    ).flat();
  }
}
