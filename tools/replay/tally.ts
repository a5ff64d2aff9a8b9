import { build } from 'hdr-histogram-js';

const LONGEST_US = 60_000_000;

/** Everything that a replay counts. */
export class Tally {
  /** Commands sent, by kind. */
  readonly sent = new Map<string, number>();
  /** Commands refused as they had to be, by error code. */
  readonly refused = new Map<string, number>();
  accepted = 0;
  /** One line for every answer that is not what the contract says. */
  readonly unexpected: string[] = [];
  /** Carts that were read back and compared. */
  compared = 0;
  /** One line for every cart that is not what the model says. */
  readonly mismatches: string[] = [];
  /** Reads that were told to come back because the view was behind. */
  viewBehind = 0;
  /** From sending a command to the end of its answer, in microseconds. */
  private readonly latencies = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: 3,
  });

  /** Counts one command of `kind`, whose answer (or failure) took `elapsedMs`. */
  countSent(kind: string, elapsedMs: number): void {
    this.sent.set(kind, (this.sent.get(kind) ?? 0) + 1);
    this.latencies.recordValue(Math.min(LONGEST_US, Math.max(1, Math.round(elapsedMs * 1000))));
  }

  countRefused(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  get commands(): number {
    return sum(this.sent);
  }

  get refusedInAll(): number {
    return sum(this.refused);
  }

  /** The latency, in milliseconds, that `percent` of the commands did not exceed. */
  latencyMs(percent: number): number {
    return this.latencies.getValueAtPercentile(percent) / 1000;
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
