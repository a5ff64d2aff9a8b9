import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';
import { moveStatement, NO_WORK, type Work } from './checkpoint-move.js';
import {
  CheckpointMovedError,
  FencedOffError,
  type HeldCheckpoint,
  type LogPlace,
} from './held-checkpoint.js';
import { NO_PARKING, ParkedEvents, type ParkedEventReader, type ParkingChanges } from './parked-events.js';
import type { SubscriptionKind } from './subscription-options.js';

/** The subscription that a checkpoint belongs to. */
export interface CheckpointOwner {
  readonly name: string;
  readonly kind: SubscriptionKind;
  /** The tables of a projection, quoted if need be. */
  readonly views?: readonly string[];
}

/** The lease of a process that acquires a checkpoint. */
export interface LeaseTerms {
  readonly memberId: string;
  /** How long the lease lasts unless it is renewed, in milliseconds. */
  readonly leaseMs: number;
}

interface FoundCheckpoint {
  readonly position: string;
  readonly event_id: string | null;
  readonly log_id: string;
  readonly epoch: number;
}

/** The checkpoints of one place. */
export type CheckpointStore = Pick<
  Checkpoints,
  'parked' | 'lacksAny' | 'create' | 'withOldRows' | 'acquire' | 'find' | 'move'
>;

/** The checkpoints of one database. */
export class Checkpoints {
  /** The parked events of the same database. */
  readonly parked: ParkedEventReader;
  private readonly pool: pg.Pool;

  constructor(private readonly dataSource: DataSource) {
    this.pool = poolOf(dataSource);
    this.parked = new ParkedEvents(dataSource);
  }

  /** Whether any of these subscriptions has no checkpoint yet. */
  async lacksAny(names: readonly string[]): Promise<boolean> {
    const found: unknown[] = await this.dataSource.query('SELECT FROM checkpoint WHERE name = ANY ($1)', [
      names,
    ]);
    return found.length < names.length;
  }

  /**
   * Creates the checkpoints of new subscriptions; existing ones stay where they are. If a table of a new projection
   * already has rows, no process can acquire its checkpoint until they are cleared: folding the log onto them would
   * count events twice.
   * @param fillUntil the position at which the views of the projections are filled for the first time
   */
  async create(
    owners: readonly CheckpointOwner[],
    logId: string,
    start: LogPlace,
    fillUntil = 0,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const names = owners.map(({ name }) => name);
      // Another process that creates the same checkpoints waits here for the end of the transaction, so rows found
      // below are older.
      const created: { name: string }[] = await manager.query(
        `INSERT INTO checkpoint (name, position, event_id, log_id, epoch, fill_until)
         SELECT name, $2, $3, $4, 0, $5 FROM unnest($1::text[]) AS name ON CONFLICT (name) DO NOTHING RETURNING name`,
        [names, start.position, start.eventId, logId, fillUntil],
      );
      for (const { name, kind, views } of owners) {
        await manager.query(
          `UPDATE checkpoint SET kind = $2, views = $3
            WHERE name = $1 AND (kind, views) IS DISTINCT FROM ($2, $3::text[])`,
          [name, kind, views],
        );
        if (!views || !created.some((one) => one.name === name)) continue;
        const haveRows = views.map((view) => `EXISTS (SELECT FROM ${view})`).join(' OR ');
        await manager.query(`UPDATE checkpoint SET has_old_rows = ${haveRows} WHERE name = $1`, [name]);
      }
    });
  }

  /** Names of the projections that no process can acquire because their tables had rows before they were created. */
  async withOldRows(names: readonly string[]): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(
      'SELECT name FROM checkpoint WHERE has_old_rows AND name = ANY ($1) ORDER BY name',
      [names],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Acquires a checkpoint that nobody holds, and raises its epoch. From then on writes of former holders are refused.
   * @param holder a new UUID
   * @returns `undefined` while another process holds it, or if it cannot be acquired
   */
  async acquire(
    name: string,
    holder: string,
    { memberId, leaseMs }: LeaseTerms,
  ): Promise<HeldCheckpoint | undefined> {
    // As a WITH, because TypeORM gives the rows of a plain UPDATE in another form.
    const [row]: FoundCheckpoint[] = await this.dataSource.query(
      `WITH acquired AS (
         UPDATE checkpoint
            SET epoch = epoch + 1, holder = $2, member = $3, leased_until = now() + $4 * interval '1 ms',
                updated_at = now()
          WHERE name = $1 AND is_leased(member, leased_until) IS NOT TRUE AND NOT has_old_rows
         RETURNING position, event_id, log_id, epoch)
       SELECT * FROM acquired`,
      [name, holder, memberId, leaseMs],
    );
    return row && heldCheckpoint(name, holder, row);
  }

  /**
   * Looks up where a held checkpoint is.
   * @throws FencedOffError when this process no longer holds it
   */
  async find({ name, holder }: HeldCheckpoint): Promise<HeldCheckpoint> {
    const [row]: FoundCheckpoint[] = await this.dataSource.query(
      'SELECT position, event_id, log_id, epoch FROM checkpoint WHERE name = $1 AND holder = $2',
      [name, holder],
    );
    if (!row) throw new FencedOffError(name);
    return heldCheckpoint(name, holder, row);
  }

  /**
   * Moves a checkpoint, and writes changes of parked events and other work in the same statement.
   * @throws CheckpointMovedError when the checkpoint is no longer where `held` says; nothing was written then
   */
  async move(
    held: HeldCheckpoint,
    to: LogPlace,
    parking: ParkingChanges = NO_PARKING,
    work: Work = NO_WORK,
  ): Promise<HeldCheckpoint> {
    const { rows } = await this.pool.query<{ result?: unknown }>({
      ...(work.name !== undefined && { name: `move checkpoint, ${work.name}` }),
      text: moveStatement(work),
      values: [
        to.position,
        to.eventId,
        held.name,
        held.position,
        held.epoch,
        JSON.stringify(parking.park),
        JSON.stringify(parking.release),
        held.holder,
        held.movesBefore,
        ...work.values,
      ],
    });
    const [row] = rows;
    if (!row) throw new CheckpointMovedError(held.name);
    work.onResult?.(row.result);
    const { position, eventId } = to;
    // Where the position stays, the events behind it still wait for their move.
    const movesBefore = position > held.position ? undefined : held.movesBefore;
    return { ...held, position, eventId, movesBefore };
  }
}

function heldCheckpoint(
  name: string,
  holder: string,
  { position, event_id: eventId, log_id: logId, epoch }: FoundCheckpoint,
): HeldCheckpoint {
  return { name, holder, position: Number(position), eventId, logId, epoch };
}
