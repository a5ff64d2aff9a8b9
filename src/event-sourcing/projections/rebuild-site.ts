import type { DataSource, QueryRunner } from 'typeorm';
import { sqlState } from '../postgres/database-errors.js';
import { IS_OF } from '../subscriptions/checkpoint.sql.js';
import { partitionOf } from '../subscriptions/partition.js';
import { endOfTaken, type Taken } from '../subscriptions/taken.js';
import { besideOf, LOCK, placesOf, rebuildKey, schemaOf, type TablePlace } from './rebuild-schema.js';
import type { ViewRows } from './view-rows.js';
import { ViewTable } from './view-table.js';

/** How long the swap waits for a lock on the view, in milliseconds. Other readers and writers wait behind it. */
const LOCK_MS = 250;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Where a view is rebuilt: a schema of its own, with tables that can replace the present ones, and a lock that allows
 * one rebuild at a time.
 */
export class RebuildSite {
  private readonly tables: readonly ViewTable[];
  /** Names of the tables of the present view. */
  private readonly present: {
    readonly checkpoint: string;
    readonly parked: string;
    readonly rebuilds: string;
  };

  private constructor(
    private readonly name: string,
    /** The query database, with the schema of the rebuild first in the search path. */
    readonly dataSource: DataSource,
    /** Holds the lock, and swaps. */
    private readonly session: QueryRunner,
    readonly schema: string,
    [checkpoint, parked, rebuilds, ...views]: readonly TablePlace[],
  ) {
    if (!checkpoint || !parked || !rebuilds)
      throw new Error('The query database lacks tables. Run its migrations.');
    this.present = {
      checkpoint: pathOf(checkpoint),
      parked: pathOf(parked),
      rebuilds: pathOf(rebuilds),
    };
    this.tables = views.map((place) => new ViewTable(session, place, schema));
  }

  /** @returns `undefined` if any process is rebuilding the view already */
  static async open({ name, dataSource, views }: ViewRows): Promise<RebuildSite | undefined> {
    const key = rebuildKey(dataSource, name);
    const schema = schemaOf(key);
    const tables = ['checkpoint', 'parked_event', 'view_rebuild', ...views.map(({ table }) => table)];
    const places = await placesOf(dataSource, tables);
    const beside = await (await besideOf(dataSource, schema)).initialize();
    try {
      const session = beside.createQueryRunner();
      const rows: unknown = await session.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`, [key]);
      const [row] = rows as { locked: boolean }[];
      if (row?.locked) return new RebuildSite(name, beside, session, schema, places);
      await session.release();
    } catch (error) {
      await beside.destroy();
      throw error;
    }
    await beside.destroy();
    return undefined;
  }

  /** Creates the schema and its tables, all empty. */
  async prepare(): Promise<void> {
    const { session, schema, present } = this;
    // A process that died may have left a schema behind.
    await session.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await session.query(`CREATE SCHEMA ${schema}`);
    await this.assertBeside();
    await session.query(`CREATE TABLE ${schema}.checkpoint (LIKE ${present.checkpoint} INCLUDING ALL)`);
    await session.query(`CREATE TABLE ${schema}.parked_event (LIKE ${present.parked} INCLUDING ALL)`);
    for (const table of this.tables) await table.createBeside();
  }

  /** The position of the present view: it has events up to there, of some keys at least. */
  async position(): Promise<number> {
    const rows: unknown = await this.session.query(
      `SELECT position::float8 AS position, taken FROM ${this.present.checkpoint} WHERE ${IS_OF('$1')}`,
      [this.name],
    );
    const places = rows as { position: number; taken: Taken | null }[];
    return Math.max(
      0,
      ...places.flatMap(({ position, taken }) => [position, endOfTaken(taken ?? undefined)]),
    );
  }

  async analyze(): Promise<void> {
    for (const table of this.tables) await table.analyze();
  }

  /**
   * Begins a transaction that stops the present view, and then its readers.
   * @param catchUp resolves to whether the new view reaches the given position in time; called while the present view
   *   stands still
   * @returns whether everything is locked. If not, the transaction was rolled back
   */
  async lock(catchUp: (position: number) => Promise<boolean>): Promise<boolean> {
    await this.session.startTransaction();
    const isLocked = await this.lockAll(catchUp);
    if (!isLocked) await this.session.rollbackTransaction();
    return isLocked;
  }

  /** Replaces the present view, its checkpoint and its parked events by the new ones, and ends the transaction. */
  async swap(): Promise<void> {
    const { session, schema, present } = this;
    await session.query(
      `UPDATE ${present.checkpoint} c
          SET position = n.position, event_id = n.event_id, epoch = c.epoch + 1, has_old_rows = c.partitions > 1,
              taken = NULL, updated_at = now()
         FROM ${schema}.checkpoint n WHERE (c.name = $1 OR c.partition_of = $1) AND n.name = $1`,
      [this.name],
    );
    await this.replaceParkedEvents();
    for (const table of this.tables) await table.swap();
    await session.query(
      `UPDATE ${present.rebuilds} SET ended_at = now(), error = NULL WHERE projection = $1`,
      [this.name],
    );
    await session.commitTransaction();
  }

  /** Removes the schema and releases the lock. */
  async close(): Promise<void> {
    try {
      if (this.session.isTransactionActive) await this.session.rollbackTransaction();
      await this.session.query(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`);
    } finally {
      await this.session.release();
      await this.dataSource.destroy();
    }
  }

  private async lockAll(catchUp: (position: number) => Promise<boolean>): Promise<boolean> {
    try {
      await this.session.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
      // The tables first and the checkpoint last, in the order in which a writer comes to them: a write that has
      // begun gets through.
      for (const table of this.tables) await table.lockWriters();
      await this.lockCheckpoints();
      if (!(await catchUp(await this.position()))) return false;
      for (const table of this.tables) await table.lockReaders();
      return true;
    } catch (error) {
      if (sqlState(error) === LOCK_NOT_AVAILABLE) return false;
      throw error;
    }
  }

  /** The row of the handler first, so that nobody changes the number of its partitions meanwhile. */
  private async lockCheckpoints(): Promise<void> {
    const { checkpoint } = this.present;
    await this.session.query(`SELECT FROM ${checkpoint} WHERE name = $1 FOR UPDATE`, [this.name]);
    await this.session.query(
      `SELECT FROM ${checkpoint} WHERE partition_of = $1 ORDER BY partition FOR UPDATE`,
      [this.name],
    );
  }

  /** A parked event of the new view waits in the partition of its key. */
  private async replaceParkedEvents(): Promise<void> {
    const { session, schema, present, name } = this;
    const names: unknown = await session.query(
      `SELECT name FROM ${present.checkpoint} WHERE ${IS_OF('$1')} AND partitions = 1 ORDER BY partition`,
      [name],
    );
    const partitions = (names as { name: string }[]).map((one) => one.name);
    await session.query(`DELETE FROM ${present.parked} WHERE handler = ANY ($1)`, [partitions]);
    const rows: unknown = await session.query(`SELECT DISTINCT key FROM ${schema}.parked_event`);
    const keys = (rows as { key: string }[]).map(({ key }) => key);
    await session.query(
      `UPDATE ${schema}.parked_event e SET handler = k.handler
         FROM unnest($1::text[], $2::text[]) AS k(key, handler) WHERE e.key = k.key`,
      [keys, keys.map((key) => partitions[partitionOf(key, partitions.length)] ?? name)],
    );
    await session.query(`INSERT INTO ${present.parked} SELECT * FROM ${schema}.parked_event`);
  }

  /**
   * Otherwise the rebuild would work on the present tables: `options` in a URL take precedence over those of the data
   * source.
   */
  private async assertBeside(): Promise<void> {
    const rows: unknown = await this.session.query('SELECT current_schema() AS schema');
    if ((rows as { schema: string }[])[0]?.schema !== this.schema)
      throw new Error(
        'The URL of the query database sets options. Set them as `extra.options` of the data source instead.',
      );
  }
}

function pathOf({ schema, table }: TablePlace): string {
  return `${schema}.${table}`;
}
