import type { Logger } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { connectionOf } from '../postgres/pool-of.js';
import { HAS_OLD_ROWS } from './checkpoint.sql.js';

/**
 * A beat that waits longer for its answer is given up, so that the next one comes before the leases expire. In
 * milliseconds.
 */
const ANSWER_MS = 2_000;

/** What a process announces with each beat. */
export interface Announcement {
  /** The states of its handlers, by name. */
  readonly handlers: Readonly<Record<string, string>>;
  /** Whether it takes a share of the subscriptions. */
  readonly shares: boolean;
}

/** What a process learns with each beat. */
export interface Beat {
  /** Holder ids of this process that are still valid. */
  readonly kept: ReadonlySet<string>;
  /** Names of the subscriptions that any process holds. */
  readonly held: ReadonlySet<string>;
  /** Names of the projections that no process can acquire, because their views have old rows. */
  readonly withOldRows: ReadonlySet<string>;
  /** Ids of the other processes that take a share, in order. */
  readonly others: readonly string[];
  /** The number of partitions of each split handler, by its name. */
  readonly partitions: ReadonlyMap<string, number>;
}

/** The leases of one place. */
export type LeaseStore = Pick<Leases, 'memberId' | 'leaseMs' | 'beat' | 'release' | 'releaseAll' | 'leave'>;

/**
 * The leases of one database, on the clock of the database. They use a connection of their own, so that no other
 * statements delay them. The connection also shows that the process lives: when it ends, others need not wait until
 * the leases expire.
 */
export class Leases {
  private readonly pool: pg.Pool;

  /**
   * @param leaseMs how long a lease lasts unless it is renewed, in milliseconds
   * @param releaseName names the code that this process runs
   */
  constructor(
    dataSource: DataSource,
    readonly memberId: string,
    readonly leaseMs: number,
    private readonly releaseName: string,
    logger: Pick<Logger, 'warn'>,
  ) {
    this.pool = new pg.Pool({
      ...connectionOf(dataSource),
      max: 1,
      application_name: 'leases',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      statement_timeout: ANSWER_MS,
    }).on('error', (error) => {
      // The next beat connects again.
      logger.warn(`The connection that keeps the leases was lost: ${error.message}`);
    });
  }

  /**
   * Renews the leases of this process, announces its handlers, and reads what the other processes hold.
   * @param holders holder ids of this process
   */
  async beat(holders: readonly string[], { handlers, shares }: Announcement): Promise<Beat> {
    const { rows } = await this.pool.query<{
      kept: string[] | null;
      held: string[] | null;
      with_old_rows: string[] | null;
      others: string[] | null;
      partitions: Record<string, number> | null;
    }>(
      `WITH me AS (
         INSERT INTO lease_member (id, alive_until, handlers, shares, release, knows_partitions)
         VALUES ($1, now() + $2 * interval '1 ms', $4, $5, $6, true)
         ON CONFLICT (id) DO UPDATE
            SET alive_until = excluded.alive_until, handlers = excluded.handlers, shares = excluded.shares,
                release = excluded.release
       ), gone AS (
         DELETE FROM lease_member WHERE id <> $1 AND alive_until < now() - interval '1 minute'
       ), renewed AS (
         UPDATE checkpoint SET leased_until = now() + $2 * interval '1 ms' WHERE holder = ANY ($3) RETURNING holder
       )
       SELECT (SELECT array_agg(holder) FROM renewed) AS kept,
              (SELECT array_agg(name) FROM checkpoint WHERE is_leased(member, leased_until)) AS held,
              (SELECT array_agg(name) FROM checkpoint WHERE ${HAS_OLD_ROWS}) AS with_old_rows,
              (SELECT jsonb_object_agg(name, partitions) FROM checkpoint WHERE partitions > 1) AS partitions,
              (SELECT array_agg(id ORDER BY id) FROM lease_member
                WHERE id <> $1 AND alive_until >= now() AND shares) AS others,
              pg_advisory_lock_shared(hashtextextended('member ' || $1, 0))`,
      [this.memberId, this.leaseMs, holders, JSON.stringify(handlers), shares, this.releaseName],
    );
    const [row] = rows;
    return {
      kept: new Set(row?.kept ?? []),
      held: new Set(row?.held ?? []),
      withOldRows: new Set(row?.with_old_rows ?? []),
      others: row?.others ?? [],
      partitions: new Map(Object.entries(row?.partitions ?? {})),
    };
  }

  /** Returns a lease, so that another process can take it at once. */
  async release(holder: string): Promise<void> {
    await this.pool.query('UPDATE checkpoint SET holder = NULL, leased_until = NULL WHERE holder = $1', [
      holder,
    ]);
  }

  /** Ends all leases. Only for a process that is alone on the database. */
  async releaseAll(): Promise<void> {
    await this.pool.query('UPDATE checkpoint SET leased_until = NULL WHERE leased_until IS NOT NULL');
    await this.pool.query('DELETE FROM lease_member');
  }

  /** Removes this process from the members and closes the connection. */
  async leave(): Promise<void> {
    try {
      await this.pool.query('DELETE FROM lease_member WHERE id = $1', [this.memberId]);
    } finally {
      await this.pool.end();
    }
  }
}
