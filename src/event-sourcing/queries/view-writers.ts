import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';

/** The writer of a view, and the keys that are held up. */
export interface WriterOfView {
  /** Name of the projection. */
  readonly name: string;
  readonly writer: string;
  /** Names the code of the writer; `null` if it is not known. */
  readonly release: string | null;
  readonly heldUp: readonly string[] | null;
}

/** Looks up who writes the views of the query database. */
export class ViewWriters {
  private readonly pool: pg.Pool;

  constructor(query: DataSource) {
    this.pool = poolOf(query);
  }

  /** @param limit how many keys of a view are listed at most */
  async lookUp(names: readonly string[], limit: number): Promise<readonly WriterOfView[]> {
    const { rows } = await this.pool.query<WriterOfView>(WRITERS, [names, limit]);
    return rows;
  }
}

const WRITERS = `
  SELECT c.name, concat_ws(' ', c.epoch, c.member, c.holder) AS writer, m.release,
         (SELECT array_agg(k.key)
            FROM (SELECT DISTINCT key FROM parked_event WHERE handler = c.name LIMIT $2) k) AS "heldUp"
    FROM checkpoint c LEFT JOIN lease_member m ON m.id = c.member WHERE c.name = ANY ($1::text[])`;
