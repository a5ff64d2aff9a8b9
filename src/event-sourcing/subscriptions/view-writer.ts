import { In, type DataSource, type EntityMetadata, type ObjectLiteral } from 'typeorm';
import { textArray } from '../log/binary-array.js';
import { FIRST_WORK_PARAMETER, type Work } from './checkpoints.js';

/** Behind the keys of rows to remove. */
const FIRST_COLUMN_PARAMETER = FIRST_WORK_PARAMETER + 1;

/**
 * Reads and writes the rows of a view. Rows and checkpoint are written by one statement, so both are there or neither is;
 * and the checkpoint moves only from where its holder left it, so a process that was taken over can write no more.
 */
export class ViewWriter<Row extends object> {
  private readonly metadata: EntityMetadata;
  private readonly key: string;
  private readonly sql: string;
  private readonly name: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly view: new () => Row,
  ) {
    this.metadata = dataSource.getMetadata(view);
    const [primary, ...others] = this.metadata.primaryColumns;
    if (!primary || others.length > 0)
      throw new Error(`${view.name} needs exactly one primary column to be kept by a projection.`);
    this.key = primary.propertyName;
    this.sql = this.writeStatement(
      this.quoted(primary.databaseName),
      dataSource.driver.normalizeType(primary),
    );
    this.name = `view ${this.metadata.tablePath}`;
  }

  /** The rows of these keys that there are. */
  async load(keys: readonly string[]): Promise<Map<string, Row>> {
    const where = { [this.key]: In([...keys]) };
    const rows = (await this.dataSource.getRepository<ObjectLiteral>(this.view).findBy(where)) as Row[];
    return new Map(rows.map((row) => [String(row[this.key as keyof Row]), row]));
  }

  /** @param rows by key; `undefined` for a row to be removed */
  write(rows: ReadonlyMap<string, Row | undefined>): Work {
    const written: Row[] = [];
    const removed: string[] = [];
    for (const [key, row] of rows) {
      if (row) written.push(row);
      else removed.push(key);
    }
    return {
      name: this.name,
      sql: this.sql,
      values: [
        textArray(removed),
        ...this.metadata.columns.map((column) => textArray(written.map((row) => this.toText(row, column)))),
      ],
    };
  }

  /**
   * Every column comes as an array of texts and is cast. That takes PostgreSQL half the time of `json_populate_recordset`, which
   * would parse each document twice (decision 0005).
   */
  private writeStatement(key: string, keyType: string): string {
    const table = this.quoted(this.metadata.tablePath);
    const columns = this.metadata.columns.map(({ databaseName }) => this.quoted(databaseName));
    const arrays = columns.map((_, index) => `$${index + FIRST_COLUMN_PARAMETER}::text[]`);
    const values = this.metadata.columns.map((column, index) => {
      const type = this.dataSource.driver.normalizeType(column);
      const text = `row.${columns[index] ?? ''}`;
      return column.isArray
        ? `ARRAY(SELECT jsonb_array_elements_text(${text}::jsonb))::${type}[]`
        : `${text}::${type}`;
    });
    return `, written AS (
        INSERT INTO ${table} (${columns.join(', ')})
        SELECT ${values.join(', ')} FROM unnest(${arrays.join(', ')}) AS row(${columns.join(', ')})
         WHERE EXISTS (SELECT FROM moved)
        ON CONFLICT (${key}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
      ),
      removed AS (
        DELETE FROM ${table} WHERE ${key} = ANY ($${FIRST_WORK_PARAMETER}::text[]::${keyType}[]) AND EXISTS (SELECT FROM moved)
      )`;
  }

  private toText(row: Row, column: EntityMetadata['columns'][number]): string | null {
    const { propertyName, transformer, type, isArray } = column;
    const property: unknown = row[propertyName as keyof Row];
    const value: unknown = transformer && !Array.isArray(transformer) ? transformer.to(property) : property;
    if (value === null || value === undefined) return null;
    if (value instanceof Date) return value.toISOString();
    if (typeof value === 'bigint') return value.toString();
    const isDocument = type === 'json' || type === 'jsonb' || isArray;
    return typeof value === 'string' && !isDocument ? value : JSON.stringify(value);
  }

  private quoted(path: string): string {
    return path
      .split('.')
      .map((part) => this.dataSource.driver.escape(part))
      .join('.');
  }
}
