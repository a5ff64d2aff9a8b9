import pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';

/** A beat must not wait longer for its answer, or the lease is over before the next one. */
const ANSWER_MS = 2_000;

/** What a process tells the others with each beat. */
export interface Announcement {
  /** The state of each handler that it has, by name. */
  readonly handlers: Readonly<Record<string, string>>;
  /** Whether it takes a share of the subscriptions. */
  readonly shares: boolean;
}

/** What a process learns with each beat. */
export interface Beat {
  /** Those that are still this process's own, by holder. */
  readonly kept: ReadonlySet<string>;
  /** Names that somebody holds. */
  readonly held: ReadonlySet<string>;
  /** Names that nobody may claim, as their views have rows from before. */
  readonly withOldRows: ReadonlySet<string>;
  /** Processes that take a share, this one included. */
  readonly members: number;
}

/**
 * The leases of one database, on its time. They have a connection of their own, as no crowd of others may keep them waiting. That
 * the connection is there tells others that the process lives: when it ends, they need not wait until the leases are over.
 */
export class Leases {
  private readonly pool: pg.Pool;

  /**
   * @param leaseMs how long a lease holds unless it is renewed, in milliseconds
   * @param code names the code that this process runs
   * @param onConnectionError told when the connection was lost while it was idle; the next beat makes another one
   */
  constructor(
    dataSource: DataSource,
    readonly memberId: string,
    readonly leaseMs: number,
    private readonly code: string,
    onConnectionError: (error: Error) => void,
  ) {
    this.pool = new pg.Pool({
      ...poolOf(dataSource).options,
      max: 1,
      application_name: 'leases',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      statement_timeout: ANSWER_MS,
    }).on('error', onConnectionError);
  }

  /**
   * Renews what this process holds, tells others that it is alive and what it has, and looks at what they hold.
   * @param holders of the claims of this process
   */
  async beat(holders: readonly string[], { handlers, shares }: Announcement): Promise<Beat> {
    const { rows } = await this.pool.query<{
      kept: string[] | null;
      held: string[] | null;
      with_old_rows: string[] | null;
      members: number;
    }>(
      `WITH me AS (
         INSERT INTO lease_member (id, alive_until, handlers, shares, release) VALUES ($1, now() + $2 * interval '1 ms', $4, $5, $6)
         ON CONFLICT (id) DO UPDATE
            SET alive_until = excluded.alive_until, handlers = excluded.handlers, shares = excluded.shares, release = excluded.release
       ), gone AS (
         DELETE FROM lease_member WHERE id <> $1 AND alive_until < now() - interval '1 minute'
       ), renewed AS (
         UPDATE checkpoint SET leased_until = now() + $2 * interval '1 ms' WHERE holder = ANY ($3) RETURNING holder
       )
       SELECT (SELECT array_agg(holder) FROM renewed) AS kept,
              (SELECT array_agg(name) FROM checkpoint WHERE is_leased(member, leased_until)) AS held,
              (SELECT array_agg(name) FROM checkpoint WHERE has_old_rows) AS with_old_rows,
              1 + (SELECT count(*)::int FROM lease_member WHERE id <> $1 AND alive_until >= now() AND shares) AS members,
              pg_advisory_lock_shared(hashtextextended('member ' || $1, 0))`,
      [this.memberId, this.leaseMs, holders, JSON.stringify(handlers), shares, this.code],
    );
    const [row] = rows;
    return {
      kept: new Set(row?.kept ?? []),
      held: new Set(row?.held ?? []),
      withOldRows: new Set(row?.with_old_rows ?? []),
      members: row?.members ?? 1,
    };
  }

  /** Gives a lease back, so that another process can take it at once. */
  async release(holder: string): Promise<void> {
    await this.pool.query('UPDATE checkpoint SET holder = NULL, leased_until = NULL WHERE holder = $1', [
      holder,
    ]);
  }

  /** Takes all leases from whoever has them: for a process that is known to be the only one. */
  async releaseAll(): Promise<void> {
    await this.pool.query('UPDATE checkpoint SET leased_until = NULL WHERE leased_until IS NOT NULL');
    await this.pool.query('DELETE FROM lease_member');
  }

  /** This process takes part no longer; the connection is closed. */
  async leave(): Promise<void> {
    try {
      await this.pool.query('DELETE FROM lease_member WHERE id = $1', [this.memberId]);
    } finally {
      await this.pool.end();
    }
  }
}
