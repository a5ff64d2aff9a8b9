import type { DataSource, EntityMetadata } from 'typeorm';
import { assertSupported } from './view-support.js';
import { ViewColumn } from './view-column.js';

/** The place of a view in the rows of a key. */
export interface ViewPlace {
  /** The property; `undefined` if the projection has a single view. */
  readonly name: string | undefined;
  /** Whether a key may have many rows. */
  readonly isMany: boolean;
}

/** One table of a projection, as the TypeORM metadata of its entity describes it. */
export class View {
  readonly entity: string;
  /** Name of the table, with its schema if it has one; quoted. */
  readonly table: string;
  readonly columns: readonly ViewColumn[];
  /** The columns of the key, in order. */
  readonly key: readonly ViewColumn[];
  /** The other columns of the primary key. They distinguish the rows of a key. */
  readonly rest: readonly ViewColumn[];
  private readonly optional: readonly ViewColumn[];

  /**
   * @param key the properties of the key; by default all columns of the primary key
   * @param schema where the table is, if it is not the schema of the entity; unquoted
   * @throws Error for an entity that is not supported
   */
  constructor(
    dataSource: DataSource,
    metadata: EntityMetadata,
    readonly place: ViewPlace,
    key: readonly string[] | undefined,
    schema?: string,
  ) {
    assertSupported(metadata);
    const quote = (name: string): string => dataSource.driver.escape(name);
    this.entity = metadata.name;
    const path = schema === undefined ? metadata.tablePath.split('.') : [schema, metadata.tableName];
    this.table = path.map(quote).join('.');
    this.columns = metadata.columns.map((column) => new ViewColumn(dataSource, column));
    const primary = this.columns.filter((column) => column.metadata.isPrimary);
    const names = key ?? primary.map(({ property }) => property);
    this.key = names.map((name) => this.primaryColumn(primary, name));
    this.rest = primary.filter((column) => !this.key.includes(column));
    if (!place.isMany && this.rest.length > 0)
      throw new Error(
        `The primary key of ${this.entity} has more columns than the key (${names.join(', ')}). ` +
          `List it as [${this.entity}] to allow many rows for each key.`,
      );
    this.optional = this.columns.filter(({ isOptional }) => isOptional);
  }

  /** @param cells contain a row from `offset` on, in the order of the columns */
  rowOf(cells: readonly unknown[], offset: number): object {
    const row = {};
    this.columns.forEach((column, index) => {
      column.put(row, column.fromCell(cells[offset + index]));
    });
    return row;
  }

  /**
   * The row with the properties that it leaves out: constant defaults and NULLs. So a row in memory is the same as
   * one that was loaded.
   */
  whole(row: object): object {
    const absent = this.optional.filter((column) => column.of(row) === undefined);
    if (absent.length === 0) return row;
    const whole = structuredCopy(row, absent);
    for (const column of absent) column.put(whole, column.preset);
    return whole;
  }

  private primaryColumn(primary: readonly ViewColumn[], name: string): ViewColumn {
    const found = primary.find(({ property }) => property === name);
    if (!found)
      throw new Error(
        `${this.entity} has no primary column "${name}", but the key of its projection names it.`,
      );
    return found;
  }
}

/** A copy of the row, and of its embedded objects that lack something. */
function structuredCopy(row: object, absent: readonly ViewColumn[]): object {
  const copy: Record<string, unknown> = { ...row };
  for (const { property } of absent) {
    let parent = copy;
    for (const name of property.split('.').slice(0, -1)) {
      const child = { ...(parent[name] as object | undefined) };
      parent[name] = child;
      parent = child;
    }
  }
  return copy;
}
