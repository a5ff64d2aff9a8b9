import type { Type } from '@nestjs/common';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { handOut } from '../runtime/hand-out.js';
import { streamId } from '../kernel/decider.js';
import type { RecordedEvent } from '../kernel/recorded-event.js';
import { poolOf } from '../postgres/pool-of.js';
import type { ViewColumn } from './view-column.js';
import type { ProjectionOptions, RowsProjection } from './projection.js';
import { typesOf } from './view-catalog.js';
import { View, type ViewPlace } from './view.js';
import { CHECKPOINT, FIRST_CELL, loadStatement, readStatement } from './view-statements.js';

/** The rows of a key: what `evolve` takes and gives. */
export type KeyRows = object | undefined;

/** The rows of a key as they were when the checkpoint of their projection was at a position. */
export interface PlacedRows {
  readonly rows: KeyRows;
  /** All events up to this position of the log are in the rows, as far as they concern them. */
  readonly position: number;
  /** Who writes the view: another text means that somebody took the projection over, or changed the view under its holder. */
  readonly claim: string;
  /** The code of the process that writes the view; `null` where that is not known. */
  readonly release: string | null;
  /** Whether events of the key are parked, or queue up behind one that is. */
  readonly isHeldUp: boolean;
}

type CheckpointCells = [number, position: string, claim: string, release: string | null, isHeldUp: boolean];
const NO_CHECKPOINT: CheckpointCells = [CHECKPOINT, '0', '', null, false];

/** PostgreSQL takes no longer name of a prepared statement. */
const LONGEST_NAME = 63;

/**
 * A projection and the rows that it keeps, by key. Rows are plain, frozen in development, and told apart by identity: what is
 * the same object is unchanged.
 */
export class ViewRows {
  readonly name: string;
  readonly views: readonly View[];
  /** The rows of a key that has none. */
  readonly empty: KeyRows;
  private readonly pool: pg.Pool;
  /** Where the cells of each view begin in the rows of the statements. */
  private readonly offsets: readonly number[];
  private filled = false;
  private types: Promise<readonly (readonly string[])[]> | undefined;
  private statements: { readonly load: string; readonly read: string } | undefined;

  /**
   * @param schema where the tables are instead of where their entities say
   * @throws Error for entities that no projection can keep
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
      throw new Error(`Projection "${name}" cannot be kept. ${(error as Error).message}`, { cause: error });
    }
    const lengths = this.views.map(({ columns }) => columns.length);
    this.offsets = lengths.map((_, index) => lengths.slice(0, index).reduce((a, b) => a + b, FIRST_CELL));
    this.empty = this.rowsOf(this.views.map(() => []));
  }

  /** The key of an event, as text; of several columns, all in one. */
  keyOf(recorded: RecordedEvent): string {
    const key = this.projection.keyOf?.(recorded) ?? streamId(recorded.stream);
    const names = this.views[0]?.key ?? [];
    if (typeof key === 'string' && names.length === 1) return key;
    if (typeof key === 'string')
      throw new Error(`keyOf of "${this.name}" must give an object with ${listed(names)}.`);
    const values = names.map(({ property }) => key[property]);
    if (values.includes(undefined)) throw new Error(`keyOf of "${this.name}" must give ${listed(names)}.`);
    return names.length === 1 ? String(values[0]) : JSON.stringify(values.map(String));
  }

  /** The code that makes the rows, as far as it is told by the projection's class and its entities. */
  get code(): string {
    const columns = this.views.map(({ entity, columns }) => [
      entity,
      columns.map(({ name, type }) => [name, type]),
    ]);
    return JSON.stringify([this.name, String(this.projection.constructor), columns]);
  }

  /** About how many rows a key has, the elements of their arrays included. */
  weigh(rows: KeyRows): number {
    let weight = 0;
    for (const view of this.views) {
      const found = this.of(view, rows);
      weight += found.length;
      for (const row of found) weight += view.arraysOf(row);
    }
    return weight;
  }

  /**
   * The rows of its key after an event, as they will be read back.
   * @returns `rows` itself where nothing changes
   * @throws Error whatever the projection throws; or where a row has another key than the event
   */
  evolve(rows: KeyRows, recorded: RecordedEvent): KeyRows {
    const next = this.projection.evolve(rows, recorded);
    return next === rows ? rows : handOut(this.whole(next, rows, this.keyOf(recorded)));
  }

  /** The rows of one view among those of a key. */
  of(view: View, rows: KeyRows): readonly object[] {
    const { name, isMany } = view.place;
    const found = name === undefined ? rows : (rows as Record<string, unknown> | undefined)?.[name];
    if (isMany) return (found ?? []) as readonly object[];
    return found === undefined ? [] : [found as object];
  }

  /**
   * Compares the views with their tables.
   * @returns the types of the columns of each view
   * @throws Error that says what does not fit
   */
  async check(): Promise<readonly (readonly string[])[]> {
    this.types ??= Promise.all(this.views.map((view) => typesOf(this.dataSource, view)));
    try {
      return await this.types;
    } catch (error) {
      this.types = undefined;
      throw new Error(`Projection "${this.name}" cannot be kept. ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** The rows of these keys; {@link empty} where there are none. For the writer, whose checkpoint stands still meanwhile. */
  async load(keys: readonly string[]): Promise<Map<string, KeyRows>> {
    const { load } = await this.prepared();
    // Not prepared: a plan that was made while the table was small would go on to read all of it.
    const { rows } = await this.pool.query<unknown[]>({
      text: load,
      values: this.columnsOf(keys),
      rowMode: 'array',
    });
    const found = new Map(keys.map((key) => [key, this.views.map((): object[] => [])]));
    for (const cells of rows) this.put(cells, found.get(keys[Number(cells[1]) - 1] ?? ''));
    return new Map([...found].map(([key, lists]) => [key, handOut(this.rowsOf(lists))]));
  }

  /** The rows of a key and the checkpoint of their projection, in one snapshot: by one prepared statement. For readers. */
  async read(key: string): Promise<PlacedRows> {
    const { read } = await this.prepared();
    const { rows } = await this.pool.query<unknown[]>({
      name: `read ${this.name}`.slice(0, LONGEST_NAME),
      text: read,
      values: [this.name, key, ...this.columnsOf([key]).flat()],
      rowMode: 'array',
    });
    const lists = this.views.map((): object[] => []);
    let checkpoint: readonly unknown[] = NO_CHECKPOINT;
    for (const cells of rows) {
      if (cells[0] === CHECKPOINT) checkpoint = cells;
      else this.put(cells, lists);
    }
    const [, position, claim, release, isHeldUp] = checkpoint as CheckpointCells;
    return { rows: handOut(this.rowsOf(lists)), position: Number(position), claim, release, isHeldUp };
  }

  /**
   * Whether all events that were there when the projection was new are in its views. Until then a reader must not take what is
   * not in the views for what is not there.
   */
  async isFilled(): Promise<boolean> {
    if (this.filled) return true;
    const { rows } = await this.pool.query<{ filled: boolean }>(
      'SELECT position >= fill_until AS filled FROM checkpoint WHERE name = $1',
      [this.name],
    );
    this.filled = rows[0]?.filled ?? false;
    return this.filled;
  }

  /** The same projection on tables in another schema. */
  in(dataSource: DataSource, schema: string): ViewRows {
    return new ViewRows(this.options, this.projection, dataSource, schema);
  }

  /** The values of each column of the key. */
  private columnsOf(keys: readonly string[]): string[][] {
    const columns = this.views[0]?.key ?? [];
    if (columns.length === 1) return [[...keys]];
    const values = keys.map((key) => JSON.parse(key) as string[]);
    return columns.map((_, index) => values.map((value) => value[index] ?? ''));
  }

  /** Puts the row of a statement into the list of its view. */
  private put(cells: readonly unknown[], lists: object[][] | undefined): void {
    const index = Number(cells[0]);
    const row = this.views[index]?.rowOf(cells, this.offsets[index] ?? 0);
    if (row) lists?.[index]?.push(row);
  }

  private rowsOf(lists: readonly (readonly object[])[]): KeyRows {
    const values = this.views.map(({ place }, index) => {
      const list = lists[index] ?? [];
      return [place.name, place.isMany ? list : list[0]] as const;
    });
    const [[name, only] = []] = values;
    return name === undefined ? only : (Object.fromEntries(values) as Record<string, unknown>);
  }

  /** The same rows with all their properties; those of `before` have them. */
  private whole(rows: KeyRows, before: KeyRows, key: string): KeyRows {
    const given = this.views.map((view) => this.of(view, rows));
    const whole = this.views.map((view, index) => {
      return this.wholeRows(view, given[index] ?? [], this.of(view, before), key);
    });
    return whole.some((list, index) => list !== given[index]) ? this.rowsOf(whole) : rows;
  }

  private wholeRows(view: View, rows: readonly object[], before: readonly object[], key: string) {
    let whole = rows;
    for (const [index, row] of rows.entries()) {
      if (row === before[index]) continue;
      this.assertKey(view, row, key);
      const completed = view.whole(row);
      if (completed !== row) whole = whole.with(index, completed);
    }
    return whole;
  }

  private assertKey(view: View, row: object, key: string): void {
    const [only, ...others] = view.key;
    const text = (column: ViewColumn): string => String(column.of(row));
    const found = only && others.length === 0 ? text(only) : JSON.stringify(view.key.map(text));
    if (found !== key)
      throw new Error(
        `"${this.name}" made a row of ${view.entity} with the key ${found} for an event of ${key}.`,
      );
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

function listed(columns: readonly { readonly property: string }[]): string {
  return columns.map(({ property }) => property).join(', ');
}
