import type { DataSource, EntityMetadata } from 'typeorm';
import { assertSupported } from './view-support.js';
import { ViewColumn } from './view-column.js';

/** How a view is named in the rows of a key, and whether a key has many of its rows. */
export interface ViewPlace {
  /** The property; `undefined` where the row stands for itself. */
  readonly name: string | undefined;
  readonly isMany: boolean;
}

/** One table that a projection keeps, as TypeORM's metadata of its entity describes it. */
export class View {
  readonly entity: string;
  /** As PostgreSQL finds it; quoted. */
  readonly table: string;
  readonly columns: readonly ViewColumn[];
  /** The columns of the key, in its order. */
  readonly key: readonly ViewColumn[];
  /** Other columns of the primary key: they tell the rows of a key apart. */
  readonly rest: readonly ViewColumn[];
  private readonly optional: readonly ViewColumn[];
  private readonly documents: readonly ViewColumn[];

  /**
   * @param key the properties of the key; by default all of the primary key
   * @param schema where the table is instead of where the entity says, unquoted
   * @throws Error for an entity that no projection can keep
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
        `The primary key of ${this.entity} has more columns than the key (${names.join(', ')}). List it as [${this.entity}] to have many rows a key.`,
      );
    this.optional = this.columns.filter(({ isOptional }) => isOptional);
    this.documents = this.columns.filter(({ mayBeArray }) => mayBeArray);
  }

  /** @param cells of one row, from `offset` on, in the order of the columns */
  rowOf(cells: readonly unknown[], offset: number): object {
    const row = {};
    this.columns.forEach((column, index) => {
      column.put(row, column.fromCell(cells[offset + index]));
    });
    return row;
  }

  /**
   * The row as it will be read back where it leaves properties out: with constant defaults and NULLs. So a row in memory is
   * the same as one that was loaded.
   */
  whole(row: object): object {
    const absent = this.optional.filter((column) => column.of(row) === undefined);
    if (absent.length === 0) return row;
    const whole = structuredCopy(row, absent);
    for (const column of absent) column.put(whole, column.preset);
    return whole;
  }

  /** How many elements the arrays of a row have. */
  arraysOf(row: object): number {
    let elements = 0;
    for (const column of this.documents) {
      const value = column.of(row);
      if (Array.isArray(value)) elements += value.length;
    }
    return elements;
  }

  private primaryColumn(primary: readonly ViewColumn[], name: string): ViewColumn {
    const found = primary.find(({ property }) => property === name);
    if (!found)
      throw new Error(
        `${this.entity} has no primary column "${name}", which the key of its projection names.`,
      );
    return found;
  }
}

/** A copy that can be completed without changing the row: embedded objects that lack something are copied too. */
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
