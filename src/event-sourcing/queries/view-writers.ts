import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';
import { WRITER } from '../projections/view-statements.js';

/** The writer of a view, and the keys that are held up. */
export interface WriterOfView {
  /** Name of the projection. */
  readonly name: string;
  /** Identifies the process that writes the view; of a split projection, those that write its partitions. */
  readonly writer: string;
  /** Names the code of the writer; `null` if it is not known, or writers have different code. */
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

/** Describes the writers of a view as `placeOf` does, which reads them with the rows of a key. */
const WRITERS = `
  SELECT h.name, string_agg(${WRITER}, ', ' ORDER BY c.partition) AS writer,
         CASE WHEN count(DISTINCT coalesce(m.release, '')) = 1 THEN min(m.release) END AS release,
         (SELECT array_agg(k.key)
            FROM (SELECT DISTINCT key FROM parked_event WHERE handler = ANY (array_agg(c.name)) LIMIT $2) k) AS "heldUp"
    FROM unnest($1::text[]) AS h(name)
    JOIN checkpoint c ON (c.name = h.name OR c.partition_of = h.name) AND c.partitions = 1
    LEFT JOIN lease_member m ON m.id = c.member GROUP BY h.name`;
