import type { Type } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { poolOf } from '../postgres/pool-of.js';
import { IS_OF, NAMES_OF } from '../subscriptions/checkpoint.sql.js';
import { handOut } from '../runtime/hand-out.js';
import { RowLists, type KeyRows } from './key-rows.js';
import type { ProjectionOptions, RowsProjection } from './projection.js';
import { placeOf, type CheckpointCells, type PlacedRows } from './place-of-rows.js';
import { typesOf } from './view-catalog.js';
import { ViewKeys } from './view-keys.js';
import { CHECKPOINT, FIRST_CELL, loadStatement, readStatement, WRITER } from './view-statements.js';
import { View, type ViewPlace } from './view.js';

export type { KeyRows } from './key-rows.js';
export type { PlacedRows } from './place-of-rows.js';

/** How far a view is. */
export interface ViewProgress {
  /** Position of the checkpoint. */
  readonly position: number;
  /** Identifies the writer of the view, as in `PlacedRows`. */
  readonly writer: string;
  /** Whether an event that was asked for is parked. */
  readonly isParked: boolean;
  /** Whether any event of the projection is parked. */
  readonly hasParked: boolean;
}

/** PostgreSQL allows no longer names of prepared statements. */
const LONGEST_NAME = 63;

/**
 * A projection and its rows in the database, by key. Rows are plain objects, frozen outside of production. A row that
 * is the same object as before has not changed.
 */
export class ViewRows {
  readonly name: string;
  readonly views: readonly View[];
  private readonly pool: pg.Pool;
  private readonly keys: ViewKeys;
  private readonly lists: RowLists;
  /** Where the cells of each view begin in the rows of the statements. */
  private readonly offsets: readonly number[];
  private filled = false;
  private types: Promise<readonly (readonly string[])[]> | undefined;
  private statements: { readonly load: string; readonly read: string } | undefined;

  /**
   * @param schema where the tables are, if it is not the schema of their entities
   * @throws Error for entities that are not supported
   */
  constructor(
    private readonly options: ProjectionOptions,
    private readonly projection: RowsProjection<KeyRows>,
    readonly dataSource: DataSource,
    schema?: string,
  ) {
    const { name } = options;
    this.name = name;
    this.pool = poolOf(dataSource);
    try {
      this.views = viewsOf(options, dataSource, schema);
    } catch (error) {
      throw unsupported(name, error);
    }
    this.keys = new ViewKeys(projection, name, this.views);
    this.lists = new RowLists(this.views);
    const lengths = this.views.map(({ columns }) => columns.length);
    this.offsets = lengths.map((_, index) => lengths.slice(0, index).reduce((a, b) => a + b, FIRST_CELL));
  }

  /** Describes the code that makes the rows, as far as the source of the class and its entities show it. */
  get code(): string {
    const columns = this.views.map((view) => [
      view.entity,
      view.columns.map(({ name, type }) => [name, type]),
    ]);
    return JSON.stringify([this.name, String(this.projection.constructor), columns]);
  }

  /** The key of an event, as text. */
  keyOf(recorded: RecordedEvent): string {
    return this.keys.of(recorded);
  }

  /** Number of rows, with the elements of their arrays. */
  weigh(rows: KeyRows): number {
    return this.lists.weigh(rows);
  }

  /** The rows of a key that has none. */
  nothing(): KeyRows {
    return handOut(this.lists.rowsOf([]));
  }

  /** The rows of one view among the rows of a key. */
  of(view: View, rows: KeyRows): readonly object[] {
    return this.lists.of(view, rows);
  }

  /**
   * The rows of a key after an event, as they would be read from the database.
   * @returns `rows` itself if nothing changes
   * @throws Error if the projection throws, or returns a row of another key
   */
  evolve(rows: KeyRows, recorded: RecordedEvent): KeyRows {
    const next = this.projection.evolve(rows, recorded);
    if (next === rows) return rows;
    const key = this.keyOf(recorded);
    const check = (view: View, row: object): void => {
      this.keys.assertOwn(view, row, key);
    };
    return handOut(this.lists.complete(next, rows, check));
  }

  /**
   * Compares the views with their tables.
   * @returns the column types of each view
   * @throws Error that says what does not match
   */
  async check(): Promise<readonly (readonly string[])[]> {
    this.types ??= Promise.all(this.views.map((view) => typesOf(this.dataSource, view)));
    try {
      return await this.types;
    } catch (error) {
      this.types = undefined;
      throw unsupported(this.name, error);
    }
  }

  /**
   * Loads the rows of these keys for the writer, while its checkpoint does not move. A key without rows has an entry
   * too.
   */
  async load(keys: readonly string[]): Promise<Map<string, KeyRows>> {
    const { load } = await this.prepared();
    // Not prepared: a plan that was made while the table was small would go on to scan all of it.
    const { rows } = await this.pool.query<unknown[]>({
      text: load,
      values: this.keys.columnsOf(keys),
      rowMode: 'array',
    });
    const found = new Map(keys.map((key) => [key, this.views.map((): object[] => [])]));
    for (const cells of rows) this.put(cells, found.get(keys[Number(cells[1]) - 1] ?? ''));
    return new Map([...found].map(([key, lists]) => [key, handOut(this.lists.rowsOf(lists))]));
  }

  /**
   * Reads the rows of a key and the checkpoints of their projection in one snapshot.
   * @param from the database, or a replica of it
   */
  async read(key: string, from: DataSource = this.dataSource): Promise<PlacedRows> {
    const { read } = await this.prepared();
    const { rows } = await poolOf(from).query<unknown[]>({
      name: `read ${this.name}`.slice(0, LONGEST_NAME),
      text: read,
      values: [this.name, key, ...this.keys.columnsOf([key]).flat()],
      rowMode: 'array',
    });
    const lists = this.views.map((): object[] => []);
    const checkpoints: CheckpointCells[] = [];
    for (const cells of rows) {
      if (cells[0] === CHECKPOINT) checkpoints.push(cells as unknown as CheckpointCells);
      else this.put(cells, lists);
    }
    return { rows: handOut(this.lists.rowsOf(lists)), ...placeOf(key, checkpoints) };
  }

  /**
   * Whether the views hold all events that were stored before the projection was new. Until then a reader must not
   * conclude from a missing row that there is none.
   */
  async isFilled(): Promise<boolean> {
    if (this.filled) return true;
    const { rows } = await this.pool.query<{ filled: boolean }>(
      `SELECT min(position) >= max(fill_until) AS filled FROM checkpoint WHERE ${IS_OF('$1')} AND partitions = 1`,
      [this.name],
    );
    this.filled = rows[0]?.filled ?? false;
    return this.filled;
  }

  /**
   * How far the view is.
   * @param asked a position
   * @param session reads it; by default a session of the database
   * @returns the checkpoint, of a split projection the lowest, and whether the event at the position `asked` is parked
   */
  async progress(asked: number, session: Pick<pg.Pool, 'query'> = this.pool): Promise<ViewProgress> {
    const { rows } = await session.query<ViewProgress>(
      `SELECT coalesce(min(position), 0)::float8 AS position,
              coalesce(string_agg(${WRITER}, ', ' ORDER BY partition), '') AS writer,
              EXISTS (SELECT FROM parked_event p WHERE p.handler IN ${NAMES_OF('$1')} AND p.position = $2) AS "isParked",
              EXISTS (SELECT FROM parked_event p WHERE p.handler IN ${NAMES_OF('$1')}) AS "hasParked"
         FROM checkpoint c WHERE ${IS_OF('$1')} AND partitions = 1`,
      [this.name, asked],
    );
    return rows[0] ?? { position: 0, writer: '', isParked: false, hasParked: false };
  }

  /** The same projection with its tables in another schema. */
  in(dataSource: DataSource, schema: string): ViewRows {
    return new ViewRows(this.options, this.projection, dataSource, schema);
  }

  /** Adds the row of a statement to the list of its view. */
  private put(cells: readonly unknown[], lists: object[][] | undefined): void {
    const index = Number(cells[0]);
    const row = this.views[index]?.rowOf(cells, this.offsets[index] ?? 0);
    if (row) lists?.[index]?.push(row);
  }

  private async prepared(): Promise<{ readonly load: string; readonly read: string }> {
    if (this.statements) return this.statements;
    const types = await this.check();
    this.statements = { load: loadStatement(this.views, types), read: readStatement(this.views, types) };
    return this.statements;
  }
}

function viewsOf(options: ProjectionOptions, dataSource: DataSource, schema: string | undefined): View[] {
  const viewOf = (entity: Type<object>, place: ViewPlace, key?: readonly string[]): View =>
    new View(dataSource, dataSource.getMetadata(entity), place, key, schema);
  if ('view' in options) return [viewOf(options.view, { name: undefined, isMany: false })];
  const key = typeof options.key === 'string' ? [options.key] : options.key;
  return Object.entries(options.views).map(([name, entity]) =>
    typeof entity === 'function'
      ? viewOf(entity, { name, isMany: false }, key)
      : viewOf(entity[0], { name, isMany: true }, key),
  );
}

function unsupported(name: string, error: unknown): Error {
  return new Error(`Projection "${name}" cannot be kept. ${(error as Error).message}`, { cause: error });
}
