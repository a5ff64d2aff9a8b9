import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';
import { NO_PARKING, type ParkingChanges } from './parked-events.js';

/** A place in the log, and the event that stood there when it was written down. */
export interface LogPlace {
  readonly position: number;
  /** `null` before the first event. */
  readonly eventId: string | null;
}

/** What a checkpoint belongs to. */
export interface CheckpointOwner {
  readonly name: string;
  readonly kind: 'projection' | 'handler' | 'saga';
  /** The tables that a projection keeps, quoted where need be. */
  readonly views?: readonly string[];
}

/** A subscription that this process holds, and where it stands. */
export interface Claim extends LogPlace {
  readonly name: string;
  readonly logId: string;
  /** Raised with every claim, and by whoever changes something under the holder: what was known before may be out of date. */
  readonly epoch: number;
  /** Names this claim alone. */
  readonly holder: string;
}

/**
 * A checkpoint is not where its holder left it, so nothing was written. Another process has taken it over, somebody has changed what
 * is parked, or a crash of its database has set it back: `Checkpoints.find` tells.
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
  private readonly pool: pg.Pool;

  constructor(readonly dataSource: DataSource) {
    this.pool = poolOf(dataSource);
  }

  /**
   * Makes the checkpoints of subscriptions that have none; others stay where they are. The checkpoint of a projection whose table
   * has rows already is made, but nobody can claim it until they are cleared: folding the log onto them would count them twice.
   * @param fillUntil the position at which what they keep is filled for the first time
   */
  async create(
    owners: readonly CheckpointOwner[],
    logId: string,
    start: LogPlace,
    fillUntil = 0,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const names = owners.map(({ name }) => name);
      // Who makes the same ones at this moment waits for the end of the transaction, so whatever rows there are come from before.
      const created: { name: string }[] = await manager.query(
        `INSERT INTO checkpoint (name, position, event_id, log_id, epoch, fill_until)
         SELECT name, $2, $3, $4, 0, $5 FROM unnest($1::text[]) AS name ON CONFLICT (name) DO NOTHING RETURNING name`,
        [names, start.position, start.eventId, logId, fillUntil],
      );
      for (const { name, kind, views } of owners) {
        await manager.query(
          'UPDATE checkpoint SET kind = $2, views = $3 WHERE name = $1 AND (kind, views) IS DISTINCT FROM ($2, $3::text[])',
          [name, kind, views],
        );
        if (!views || !created.some((one) => one.name === name)) continue;
        const haveRows = views.map((view) => `EXISTS (SELECT FROM ${view})`).join(' OR ');
        await manager.query(`UPDATE checkpoint SET has_old_rows = ${haveRows} WHERE name = $1`, [name]);
      }
    });
  }

  /** The names of those projections that nobody can claim, as their tables have rows from before. */
  async withOldRows(names: readonly string[]): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(
      'SELECT name FROM checkpoint WHERE has_old_rows AND name = ANY ($1) ORDER BY name',
      [names],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Takes a subscription over that nobody holds: the writes of those who did are refused from now on.
   * @param holder a UUID for this claim
   * @param lease which process it is for, and how long it holds unless it is renewed, in milliseconds
   * @returns `undefined` while another process holds it, or it cannot be claimed
   */
  async claim(
    name: string,
    holder: string,
    { memberId, leaseMs }: { readonly memberId: string; readonly leaseMs: number },
  ): Promise<Claim | undefined> {
    const rows: { position: string; event_id: string | null; log_id: string; epoch: number }[] =
      await this.dataSource.query(
        `WITH claimed AS (
           UPDATE checkpoint
              SET epoch = epoch + 1, holder = $2, member = $3, leased_until = now() + $4 * interval '1 ms', updated_at = now()
            WHERE name = $1 AND is_leased(member, leased_until) IS NOT TRUE AND NOT has_old_rows
           RETURNING position, event_id, log_id, epoch)
         SELECT * FROM claimed`,
        [name, holder, memberId, leaseMs],
      );
    const [row] = rows;
    return (
      row && {
        name,
        holder,
        position: Number(row.position),
        eventId: row.event_id,
        logId: row.log_id,
        epoch: row.epoch,
      }
    );
  }

  /**
   * Looks up where a claim stands.
   * @throws FencedOffError when it no longer holds
   */
  async find(claim: Claim): Promise<Claim> {
    const rows: { position: string; event_id: string | null; epoch: number }[] = await this.dataSource.query(
      'SELECT position, event_id, epoch FROM checkpoint WHERE name = $1 AND holder = $2',
      [claim.name, claim.holder],
    );
    const [row] = rows;
    if (!row) throw new FencedOffError(`"${claim.name}" was taken over by another process.`);
    return { ...claim, position: Number(row.position), eventId: row.event_id, epoch: row.epoch };
  }

  /**
   * Moves a checkpoint, together with what is written down of parked events and whatever else one statement can write.
   * @throws CheckpointMovedError when the checkpoint is no longer where the claim says; nothing was written then
   */
  async move(
    claim: Claim,
    to: LogPlace,
    parking: ParkingChanges = NO_PARKING,
    { name, sql, call, values }: Work = NO_WORK,
  ): Promise<Claim> {
    const { rows } = await this.pool.query({
      ...(name !== undefined && { name: `move checkpoint, ${name}` }),
      text: `${MOVE} ${sql} SELECT name, set_config('synchronous_commit', 'off', true) ${call ? `, ${call}` : ''} FROM moved`,
      values: [
        to.position,
        to.eventId,
        claim.name,
        claim.position,
        claim.epoch,
        JSON.stringify(parking.park),
        JSON.stringify(parking.release),
        claim.holder,
        ...values,
      ],
    });
    if (rows.length === 0) throw new CheckpointMovedError(claim.name);
    return { ...claim, ...to };
  }
}

/** What a statement does beside moving the checkpoint. */
export interface Work {
  /** Tells this statement from others, as it is prepared; `undefined` for one that is not. */
  readonly name: string | undefined;
  /** Further parts of its WITH, each after a comma, all of them without effect unless `moved` has a row. */
  readonly sql: string;
  /** A function to call when the checkpoint has moved. It is no part of the WITH, where PostgreSQL leaves out a SELECT that nothing reads. */
  readonly call?: string;
  readonly values: readonly unknown[];
}

export const NO_WORK: Work = { name: 'nothing else', sql: '', values: [] };

/** The number of the first parameter that a `Work` may use. */
export const FIRST_WORK_PARAMETER = 9;

/**
 * Moves a checkpoint if, and only if, it is where its holder left it; all other parts depend on that. The holder is compared too, as the
 * epochs of a checkpoint that was dropped and made anew begin again. It is not flushed to disk: what a crash of PostgreSQL takes away
 * of a view, it takes of the checkpoint too, and it is folded again.
 */
const MOVE = `
  WITH moved AS (
    UPDATE checkpoint SET position = $1, event_id = $2, updated_at = now()
     WHERE name = $3 AND position = $4 AND epoch = $5 AND holder = $8 RETURNING name
  ), parked AS (
    INSERT INTO parked_event (handler, key, position, event_id, stream, type, attempts, error, retry_at)
    SELECT $3, p.key, p.position, p."eventId", p.stream, p.type, p.attempts, p.error, now() + p."retryInMs" * interval '1 ms'
      FROM jsonb_to_recordset($6::jsonb) AS p(key text, position bigint, "eventId" uuid, stream text, type text,
                                              attempts integer, error text, "retryInMs" float8)
     WHERE EXISTS (SELECT FROM moved)
    ON CONFLICT (handler, key, position)
       DO UPDATE SET attempts = excluded.attempts, error = excluded.error, retry_at = excluded.retry_at
  ), released AS (
    DELETE FROM parked_event e USING jsonb_to_recordset($7::jsonb) AS r(key text, position bigint)
     WHERE e.handler = $3 AND e.key = r.key AND e.position = r.position AND EXISTS (SELECT FROM moved)
  )`;
