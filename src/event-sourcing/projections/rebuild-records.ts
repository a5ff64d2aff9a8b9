import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { sqlState } from '../postgres/database-errors.js';
import { newId } from '../runtime/new-id.js';
import { IS_OF } from '../subscriptions/checkpoint.sql.js';
import { LOCKED, rebuildKey, schemaOf } from './rebuild-schema.js';

const POLL_MS = 200;
/** Until its process has created the tables, or after it has replaced the view, a rebuild has no position. */
const NO_TABLES = new Set(['42P01', '3F000']);

/** How far a rebuild has come. */
export interface RebuildProgress {
  /** Position that the new view has reached. */
  readonly position: number;
  /** Position of the present view, which the new one has to reach. It moves on. */
  readonly target: number;
}

/** The view was not rebuilt. The present view stays. The message says why. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';
}

/** How a rebuild stands. `lost`: its process has died, or another rebuild has taken its place in the table. */
export type RebuildState =
  | { readonly state: 'requested' | 'running' | 'done' | 'lost' }
  | { readonly state: 'failed'; readonly error: string };

/** SQL: whether a row describes a rebuild that is asked for or under way. */
const IS_OPEN = `r.ended_at IS NULL AND (r.begun_at IS NULL OR ${LOCKED('r.projection')})`;

const REQUEST = `
  INSERT INTO view_rebuild AS r (projection, id) VALUES ($1, $2)
      ON CONFLICT (projection) DO UPDATE
     SET id = CASE WHEN ${IS_OPEN} THEN r.id ELSE excluded.id END,
         requested_at = CASE WHEN ${IS_OPEN} THEN r.requested_at ELSE now() END,
         begun_at = CASE WHEN ${IS_OPEN} THEN r.begun_at END,
         ended_at = NULL, error = NULL
  RETURNING id`;

/** Called by the holder of the lock, so an earlier rebuild that has begun is over. */
const BEGIN = `
  INSERT INTO view_rebuild AS r (projection, id, begun_at) VALUES ($1, $2, now())
      ON CONFLICT (projection) DO UPDATE
     SET id = CASE WHEN r.begun_at IS NULL THEN r.id ELSE excluded.id END, begun_at = now(), ended_at = NULL, error = NULL
  RETURNING id`;

const STATE = `
  SELECT CASE WHEN r.error IS NOT NULL THEN 'failed' WHEN r.ended_at IS NOT NULL THEN 'done'
              WHEN r.begun_at IS NULL THEN 'requested' WHEN ${LOCKED('r.projection')} THEN 'running'
              ELSE 'lost' END AS state, r.error
    FROM view_rebuild r WHERE r.projection = $1 AND r.id = $2`;

/** The position of the present view $1. */
const TARGET = `SELECT max(position)::float8 FROM checkpoint WHERE ${IS_OF('$1')} AND partitions = 1`;

/** What the query database stores about rebuilds. All programs that work on it share these records. */
export class RebuildRecords {
  /** @param dataSource of the query database */
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Asks the processes with the projection for a rebuild.
   * @returns the id of the rebuild: of the present one if it is asked for or under way
   */
  async request(projection: string): Promise<string> {
    const [row]: { id: string }[] = await this.dataSource.query(REQUEST, [projection, newId()]);
    return row?.id ?? '';
  }

  /** Takes back a request that no process has taken up. @returns whether there was one */
  async withdraw(id: string): Promise<boolean> {
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      'DELETE FROM view_rebuild WHERE id = $1 AND begun_at IS NULL',
      [id],
    );
    return count > 0;
  }

  /** The projections with a request that no process has taken up. */
  async requested(projections: readonly string[]): Promise<string[]> {
    const rows: { projection: string }[] = await this.dataSource.query(
      'SELECT projection FROM view_rebuild WHERE begun_at IS NULL AND ended_at IS NULL AND projection = ANY ($1)',
      [projections],
    );
    return rows.map(({ projection }) => projection);
  }

  /** Records that a rebuild has begun, which may have been asked for. @returns its id */
  async begin(projection: string): Promise<string> {
    const [row]: { id: string }[] = await this.dataSource.query(BEGIN, [projection, newId()]);
    return row?.id ?? '';
  }

  /** Records why a view was not replaced. */
  async fail(projection: string, error: string): Promise<void> {
    await this.dataSource.query(
      'UPDATE view_rebuild SET ended_at = now(), error = $2 WHERE projection = $1 AND ended_at IS NULL',
      [projection, error],
    );
  }

  /** How a rebuild stands. */
  async state(projection: string, id: string): Promise<RebuildState> {
    const [row]: RebuildState[] = await this.dataSource.query(STATE, [projection, id]);
    return row ?? { state: 'lost' };
  }

  /** How far the rebuild under way has come; `undefined` if none is, or it has no tables yet. */
  async progress(projection: string): Promise<RebuildProgress | undefined> {
    const schema = schemaOf(rebuildKey(this.dataSource, projection));
    try {
      const [row]: RebuildProgress[] = await this.dataSource.query(
        `SELECT n.position::float8 AS position, (${TARGET}) AS target FROM ${schema}.checkpoint n WHERE name = $1`,
        [projection],
      );
      return row;
    } catch (error) {
      if (NO_TABLES.has(sqlState(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** Position of the present view. */
  async position(projection: string): Promise<number> {
    const [row]: { position: number }[] = await this.dataSource.query(
      `SELECT coalesce((${TARGET}), 0) AS position`,
      [projection],
    );
    return row?.position ?? 0;
  }

  /**
   * Resolves when a rebuild of any process has replaced the view.
   * @param onLook called with the state each time it is looked up
   * @throws RebuildError if the view was not replaced
   */
  async outcome(
    projection: string,
    id: string,
    onLook: (found: RebuildState) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    for (;;) {
      const found = await this.state(projection, id);
      await onLook(found);
      if (found.state === 'done') return;
      if (found.state === 'failed') throw new RebuildError(found.error);
      if (found.state === 'lost') {
        throw new RebuildError(
          `The process that rebuilt the view of "${projection}" has ended. The present view stays; start again.`,
        );
      }
      await sleep(POLL_MS);
    }
  }
}
