import type { DataSource } from 'typeorm';
import { poolOf } from '../postgres/pool-of.js';
import { handOut } from '../runtime/hand-out.js';
import type { KeyRows, RowLists } from './key-rows.js';
import { placeOf, type CheckpointCells, type PlacedRows } from './place-of-rows.js';
import { SharedReads } from './shared-reads.js';
import type { ViewKeys } from './view-keys.js';
import { CHECKPOINT, FIRST_CELL, loadStatement, readStatement } from './view-statements.js';
import type { View } from './view.js';

/** PostgreSQL allows no longer names of prepared statements. */
const LONGEST_NAME = 63;

/** The views of a projection, and how their rows are read. */
export interface ReaderParts {
  /** Name of the projection. */
  readonly name: string;
  readonly views: readonly View[];
  readonly keys: ViewKeys;
  readonly lists: RowLists;
  readonly dataSource: DataSource;
  /** Resolves to the column types of each view. */
  check(): Promise<readonly (readonly string[])[]>;
}

/** Reads the rows of a projection by key. */
export class ViewReader {
  /** Where the cells of each view begin in the rows of the statements. */
  private readonly offsets: readonly number[];
  private readonly reads = new WeakMap<DataSource, SharedReads<PlacedRows>>();
  private statements: { readonly load: string; readonly read: string } | undefined;

  constructor(private readonly parts: ReaderParts) {
    const lengths = parts.views.map(({ columns }) => columns.length);
    this.offsets = lengths.map((_, index) => lengths.slice(0, index).reduce((a, b) => a + b, FIRST_CELL));
  }

  /** Loads the rows of keys for the writer, whose checkpoint does not move meanwhile. */
  async load(keys: readonly string[]): Promise<Map<string, KeyRows>> {
    const { load } = await this.prepared();
    // Not prepared: a plan that was made while the table was small would go on to scan all of it.
    const { rows } = await poolOf(this.parts.dataSource).query<unknown[]>({
      text: load,
      values: this.parts.keys.columnsOf(keys),
      rowMode: 'array',
    });
    return this.rowsByKey(keys, rows);
  }

  /** Reads the rows of a key and the checkpoints in one snapshot. */
  async read(key: string, from: DataSource): Promise<PlacedRows> {
    let reads = this.reads.get(from);
    if (!reads) {
      reads = new SharedReads(async (keys) => this.readTogether(keys, from));
      this.reads.set(from, reads);
    }
    return reads.read(key);
  }

  private async readTogether(keys: readonly string[], from: DataSource): Promise<Map<string, PlacedRows>> {
    const { name } = this.parts;
    const { read } = await this.prepared();
    const { rows } = await poolOf(from).query<unknown[]>({
      name: `read ${name}`.slice(0, LONGEST_NAME),
      text: read,
      values: [name, keys, ...this.parts.keys.columnsOf(keys)],
      rowMode: 'array',
    });
    const checkpoints = rows.filter(([view]) => view === CHECKPOINT) as unknown as CheckpointCells[];
    const found = this.rowsByKey(keys, rows);
    return new Map([...found].map(([key, own]) => [key, { rows: own, ...placeOf(key, checkpoints) }]));
  }

  /** @param found rows of views, whose other number is the index of their key; others are left out */
  private rowsByKey(keys: readonly string[], found: readonly (readonly unknown[])[]): Map<string, KeyRows> {
    const { views, lists } = this.parts;
    const listsByKey = keys.map(() => views.map((): object[] => []));
    for (const cells of found) {
      const index = Number(cells[0]);
      const row = views[index]?.rowOf(cells, this.offsets[index] ?? 0);
      if (row) listsByKey[Number(cells[1]) - 1]?.[index]?.push(row);
    }
    return new Map(keys.map((key, nr) => [key, handOut(lists.rowsOf(listsByKey[nr] ?? []))]));
  }

  private async prepared(): Promise<{ readonly load: string; readonly read: string }> {
    const { views } = this.parts;
    if (this.statements) return this.statements;
    const types = await this.parts.check();
    this.statements = { load: loadStatement(views, types), read: readStatement(views, types) };
    return this.statements;
  }
}
