import type { DataSource } from 'typeorm';

/** A place in the log, and the event that stood there when it was written down. */
export interface LogPlace {
  readonly position: number;
  /** `null` before the first event. */
  readonly eventId: string | null;
}

/** A checkpoint that was taken over by its present holder. */
export interface Claim extends LogPlace {
  readonly name: string;
  readonly logId: string;
  readonly epoch: number;
}

/**
 * A checkpoint is not where its holder left it, so nothing was written. Another process has taken it over, or a crash of its
 * database has set it back: `Checkpoints.find` tells.
 */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';

  constructor(name: string) {
    super(`The checkpoint of "${name}" is not where it was left.`);
  }
}

/** Somebody else has taken the subscription over. */
export class FencedOffError extends Error {
  override readonly name = 'FencedOffError';
}

/** The checkpoints of one database. */
export class Checkpoints {
  constructor(readonly dataSource: DataSource) {}

  /**
   * Takes a subscription over, from whoever had it: the writes of those before are refused from now on.
   * @param start where it begins when it has no checkpoint yet
   */
  async claim(name: string, logId: string, start: LogPlace): Promise<Claim> {
    const rows: { position: string; event_id: string | null; log_id: string; epoch: number }[] =
      await this.dataSource.query(
        `INSERT INTO checkpoint (name, position, event_id, log_id, epoch) VALUES ($1, $2, $3, $4, 1)
       ON CONFLICT (name) DO UPDATE SET epoch = checkpoint.epoch + 1, updated_at = now()
       RETURNING position, event_id, log_id, epoch`,
        [name, start.position, start.eventId, logId],
      );
    const [row] = rows;
    if (!row) throw new Error(`The checkpoint of "${name}" could not be claimed.`);
    return {
      name,
      position: Number(row.position),
      eventId: row.event_id,
      logId: row.log_id,
      epoch: row.epoch,
    };
  }

  /**
   * Looks up where a claim stands.
   * @throws FencedOffError when it no longer holds
   */
  async find(claim: Claim): Promise<Claim> {
    const rows: { position: string; event_id: string | null }[] = await this.dataSource.query(
      'SELECT position, event_id FROM checkpoint WHERE name = $1 AND epoch = $2',
      [claim.name, claim.epoch],
    );
    const [row] = rows;
    if (!row) throw new FencedOffError(`"${claim.name}" was taken over by another process.`);
    return { ...claim, position: Number(row.position), eventId: row.event_id };
  }

  /** @throws CheckpointMovedError when the checkpoint is no longer where the claim says */
  async move(claim: Claim, to: LogPlace): Promise<Claim> {
    const rows: unknown[] = await this.dataSource.query(
      `WITH moved AS (${MOVE_CHECKPOINT} RETURNING name) SELECT name FROM moved`,
      moveParameters(claim, to),
    );
    if (rows.length === 0) throw new CheckpointMovedError(claim.name);
    return { ...claim, ...to };
  }
}

/** Moves a checkpoint if, and only if, it is where its holder left it. Its parameters are the first five of a statement. */
export const MOVE_CHECKPOINT = `UPDATE checkpoint SET position = $1, event_id = $2, updated_at = now()
  WHERE name = $3 AND position = $4 AND epoch = $5`;

export function moveParameters(claim: Claim, to: LogPlace): unknown[] {
  return [to.position, to.eventId, claim.name, claim.position, claim.epoch];
}
