import type { Cleanup } from './cleanup.js';
import type { BenchPostgres } from './postgres.js';

/** What a bench is given to run with. */
export interface BenchContext {
  readonly server: BenchPostgres;
  readonly rounds: number;
  /** How long one measurement takes, in milliseconds. */
  readonly durationMs: number;
  /** Folder for the CPU profile of the service; undefined for none. */
  readonly profile: string | undefined;
  /** Aborts at the end, come as it may: processes that the bench has started and not stopped are ended. */
  readonly signal: AbortSignal;
  /** Steps to be taken at the end in any case. */
  readonly cleanup: Cleanup;
  /** Tells how it is going. */
  readonly say: (line: string) => void;
}

/** Measures, and returns what to print. */
export type Bench = (context: BenchContext) => Promise<string>;
