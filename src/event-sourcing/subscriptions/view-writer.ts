import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm';
import { In } from 'typeorm';
import { FencedOffError, MOVE_CHECKPOINT, moveParameters, type Claim, type LogPlace } from './checkpoints.js';

/**
 * Reads and writes the rows of a view. Rows and checkpoint are written by one statement, so both are there or neither is;
 * and the checkpoint moves only from where its holder left it, so a process that was taken over can write no more.
 */
export class ViewWriter<Row extends object> {
  private readonly metadata: EntityMetadata;
  private readonly key: string;
  private readonly statement: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly view: new () => Row,
  ) {
    this.metadata = dataSource.getMetadata(view);
    const [primary, ...others] = this.metadata.primaryColumns;
    if (!primary || others.length > 0)
      throw new Error(`${view.name} needs exactly one primary column to be kept by a projection.`);
    this.key = primary.propertyName;
    const table = this.quoted(this.metadata.tablePath);
    const columns = this.metadata.columns.map(({ databaseName }) => this.quoted(databaseName));
    const keyColumn = this.quoted(primary.databaseName);
    this.statement = `
      WITH moved AS (${MOVE_CHECKPOINT} RETURNING name),
      written AS (
        INSERT INTO ${table} (${columns.join(', ')})
        SELECT ${columns.join(', ')} FROM json_populate_recordset(NULL::${table}, $6::json) WHERE EXISTS (SELECT FROM moved)
        ON CONFLICT (${keyColumn}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
      ),
      removed AS (
        DELETE FROM ${table} WHERE ${keyColumn}::text = ANY ($7::text[]) AND EXISTS (SELECT FROM moved)
      )
      SELECT name FROM moved`;
  }

  /** The rows of these keys that there are. */
  async load(keys: readonly string[]): Promise<Map<string, Row>> {
    const where = { [this.key]: In([...keys]) };
    const rows = (await this.dataSource.getRepository<ObjectLiteral>(this.view).findBy(where)) as Row[];
    return new Map(rows.map((row) => [String(row[this.key as keyof Row]), row]));
  }

  /**
   * @param rows by key; `undefined` for a row to be removed
   * @throws FencedOffError when the claim no longer holds; nothing was written then
   */
  async write(rows: ReadonlyMap<string, Row | undefined>, claim: Claim, to: LogPlace): Promise<void> {
    const written = [];
    const removed = [];
    for (const [key, row] of rows) {
      if (row) written.push(this.toRecord(row));
      else removed.push(key);
    }
    const moved: unknown[] = await this.dataSource.query(this.statement, [
      ...moveParameters(claim, to),
      JSON.stringify(written),
      removed,
    ]);
    if (moved.length === 0) throw new FencedOffError(`"${claim.name}" was taken over by another process.`);
  }

  private toRecord(row: Row): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (const { databaseName, propertyName, transformer } of this.metadata.columns) {
      const value: unknown = row[propertyName as keyof Row];
      record[databaseName] =
        transformer && !Array.isArray(transformer) ? (transformer.to(value) as unknown) : value;
    }
    return record;
  }

  private quoted(path: string): string {
    return path
      .split('.')
      .map((part) => this.dataSource.driver.escape(part))
      .join('.');
  }
}
