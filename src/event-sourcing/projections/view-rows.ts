import type { Type } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { poolOf } from '../postgres/pool-of.js';
import { IS_OF, NAMES_OF } from '../subscriptions/checkpoint.sql.js';
import { handOut } from '../runtime/hand-out.js';
import { RowLists, type WeighedRows, type KeyRows } from './key-rows.js';
import type { ProjectionOptions, RowsProjection } from './projection.js';
import type { PlacedRows } from './place-of-rows.js';
import { typesOf } from './view-catalog.js';
import { ViewKeys } from './view-keys.js';
import { ViewReader } from './view-reader.js';
import { WRITER } from './view-statements.js';
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
  private readonly reader: ViewReader;
  private filled = false;
  private types: Promise<readonly (readonly string[])[]> | undefined;

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
    const { views, keys, lists } = this;
    this.reader = new ViewReader({ name, views, keys, lists, dataSource, check: async () => this.check() });
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

  /** What rows weigh in memory, as {@link RowLists.weigh} says. */
  weigh(rows: KeyRows, before?: WeighedRows): number {
    return this.lists.weigh(rows, before);
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
    return this.reader.load(keys);
  }

  /**
   * Reads the rows of a key and the checkpoints of their projection in one snapshot. Concurrent reads share statements.
   * @param from the database, or a replica of it
   */
  async read(key: string, from: DataSource = this.dataSource): Promise<PlacedRows> {
    return this.reader.read(key, from);
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
