import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';
import { HAS_OLD_ROWS } from './checkpoint.sql.js';
import { moveStatement, NO_WORK, type Work } from './checkpoint-move.js';
import { createRows, type CheckpointOwner } from './create-rows.js';
import {
  CheckpointMovedError,
  FencedOffError,
  type HeldCheckpoint,
  type LogPlace,
} from './held-checkpoint.js';
import { NO_PARKING, ParkedEvents, type ParkedEventReader, type ParkingChanges } from './parked-events.js';
import type { Taken } from './taken.js';

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
  readonly taken: Taken | null;
}

/** The checkpoints of one place. */
export type CheckpointStore = Pick<
  Checkpoints,
  'parked' | 'lacksAny' | 'create' | 'counts' | 'withOldRows' | 'acquire' | 'find' | 'move' | 'forgetTaken'
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
    await this.dataSource.transaction((manager) =>
      createRows(manager, owners, { ...start, logId, fillUntil }),
    );
  }

  /** The number of partitions of each handler. */
  async counts(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows: { name: string; partitions: number }[] = await this.dataSource.query(
      'SELECT name, partitions FROM checkpoint WHERE name = ANY ($1)',
      [names],
    );
    return new Map(rows.map(({ name, partitions }) => [name, partitions]));
  }

  /** Names of the projections that no process can acquire because their tables had rows before they were created. */
  async withOldRows(names: readonly string[]): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(
      `SELECT DISTINCT coalesce(partition_of, name) AS name FROM checkpoint
        WHERE ${HAS_OLD_ROWS} AND coalesce(partition_of, name) = ANY ($1) ORDER BY name`,
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
          WHERE name = $1 AND is_leased(member, leased_until) IS NOT TRUE
            AND (NOT has_old_rows OR taken IS NOT NULL)
         RETURNING position, event_id, log_id, epoch, taken)
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
      'SELECT position, event_id, log_id, epoch, taken FROM checkpoint WHERE name = $1 AND holder = $2',
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

  /**
   * Forgets what earlier partitions have handled, when the checkpoint has passed all of it.
   * @throws CheckpointMovedError when the checkpoint is no longer where `held` says
   */
  async forgetTaken(held: HeldCheckpoint): Promise<HeldCheckpoint> {
    const { name, position, epoch, holder } = held;
    const { rowCount } = await this.pool.query(
      `UPDATE checkpoint SET taken = NULL, has_old_rows = false
        WHERE name = $1 AND position = $2 AND epoch = $3 AND holder = $4`,
      [name, position, epoch, holder],
    );
    if (rowCount === 0) throw new CheckpointMovedError(name);
    return { ...held, taken: undefined };
  }
}

function heldCheckpoint(
  name: string,
  holder: string,
  { position, event_id: eventId, log_id: logId, epoch, taken }: FoundCheckpoint,
): HeldCheckpoint {
  return { name, holder, position: Number(position), eventId, logId, epoch, taken: taken ?? undefined };
}
