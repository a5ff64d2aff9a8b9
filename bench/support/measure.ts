import { quantile } from './statistics.js';

/** What a stretch of load came to. Times are in milliseconds. */
export interface Measurement {
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Does one thing once. */
export type Call = () => Promise<unknown>;

/** When a closed loop ends: after `most` calls and `leastMs`, and in any case after `durationMs`. */
export interface LoopLimits {
  readonly durationMs: number;
  readonly most?: number | undefined;
  readonly leastMs?: number | undefined;
}

/** Lets every worker make one call after the other. The first call that fails fails the whole. */
export async function closedLoop(
  workers: readonly Call[],
  { durationMs, most = Infinity, leastMs = 0 }: LoopLimits,
): Promise<Measurement> {
  const recording = new Recording();
  const startedAt = performance.now();
  const [least, end] = [startedAt + leastMs, startedAt + durationMs];
  let begun = 0;
  await Promise.all(
    workers.map(async (call) => {
      for (let now = performance.now(); now < end && (begun < most || now < least);) {
        begun += 1;
        await call();
        const then = now;
        now = performance.now();
        recording.add(now - then);
      }
    }),
  );
  return recording.finish();
}

/** Takes down how long calls took, from its creation to `finish`. */
export class Recording {
  private readonly latencies: number[] = [];
  private readonly startedAt = performance.now();

  add(milliseconds: number): void {
    this.latencies.push(milliseconds);
  }

  finish(): Measurement {
    const elapsedMs = performance.now() - this.startedAt;
    const sorted = Float64Array.from(this.latencies).sort();
    return {
      calls: sorted.length,
      rate: (sorted.length / elapsedMs) * 1000,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: quantile(sorted, 1),
    };
  }
}
