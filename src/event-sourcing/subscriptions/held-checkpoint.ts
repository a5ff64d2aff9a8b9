import type { Taken } from './taken.js';

/** A position in the log, and the id of the event there. */
export interface LogPlace {
  readonly position: number;
  /** `null` before the first event. */
  readonly eventId: string | null;
}

/** The place before the first event. */
export const BEGINNING: LogPlace = { position: 0, eventId: null };

/** A checkpoint that this process holds, as far as it knows. */
export interface HeldCheckpoint extends LogPlace {
  /** Name of the subscription; of a split handler, name of the partition. */
  readonly name: string;
  readonly logId: string;
  /**
   * Rises with each new holder, and when somebody changes something under the holder. Then what the holder remembers
   * is out of date.
   */
  readonly epoch: number;
  /** A UUID that identifies this holder. A process that acquires the checkpoint again is a new holder. */
  readonly holder: string;
  /**
   * A move at or after this time of the database is refused, in milliseconds since 1970. Events behind the checkpoint were delivered
   * without a write, because timers were known to wait until then.
   */
  readonly movesBefore?: number | undefined;
  /** Events behind the checkpoint that earlier partitions have handled. They are skipped. */
  readonly taken?: Taken | undefined;
}

/**
 * A checkpoint was not where its holder left it, so nothing was written. Another process has acquired it, somebody has changed a
 * parked event or a timer, a crash of the database has set it back, or it was to move earlier (`HeldCheckpoint.movesBefore`).
 * `Checkpoints.find` tells where to go on.
 */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';

  constructor(name: string) {
    super(`The checkpoint of "${name}" is not where this process left it.`);
  }
}

/** Another process has taken the subscription over. */
export class FencedOffError extends Error {
  override readonly name = 'FencedOffError';

  constructor(name: string) {
    super(`"${name}" was taken over by another process.`);
  }
}
