/** The outcome of a command: `done`, `refused` by a rule of the domain, or `failed` because of a fault. */
export type CommandFate = 'done' | 'refused' | 'failed';

/** A batch of appends that was answered. */
export interface BatchReport {
  /** How many appends it had. */
  readonly appends: number;
  /** How many of them met another version or a locked stream; they are decided or sent again. */
  readonly conflicts: number;
  /** Milliseconds from sending to the answer. */
  readonly ms: number;
}

/** What became of a snapshot. */
export interface SnapshotReport {
  /** Name of the stream. */
  readonly stream: string;
  /** Name of the decider's snapshots. */
  readonly decider: string;
  /**
   * `written`; `failed` if it was not written; `ignored` if a stored one is damaged or could not be read, so that the
   * stream was folded from its first event.
   */
  readonly fate: 'written' | 'failed' | 'ignored';
  /** Why it was not written or not used; `undefined` if it was written. */
  readonly error?: unknown;
}

/** Counts commands and batches. It is called during the work, so it must be fast and must not throw. */
export interface Monitor {
  /**
   * A command was executed in this process, sent by code or stored.
   * @param type its stable name, or the name of its class if it has none
   * @param ms how long it took, in milliseconds
   */
  onCommand(type: string, fate: CommandFate, ms: number): void;
  /** A batch of appends was sent to the log, and answered. */
  onBatch(batch: BatchReport): void;
  /** A snapshot was written, or one could not be written or used. Left out, nothing is reported. */
  onSnapshot?(report: SnapshotReport): void;
}

export const NO_MONITOR: Monitor = { onCommand: () => undefined, onBatch: () => undefined };
