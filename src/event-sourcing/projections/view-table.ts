import type { QueryRunner } from 'typeorm';
import type { TablePlace } from './rebuild-schema.js';

/**
 * The table of a view, and a new table beside it that will replace it: with the same columns, constraints, names of
 * indexes, storage parameters and grants. Prepared statements of readers find the new table, because PostgreSQL plans
 * them again when a table is gone.
 */
export class ViewTable {
  private readonly old: string;
  private readonly beside: string;

  constructor(
    private readonly session: QueryRunner,
    private readonly place: TablePlace,
    /** The schema of the new table, quoted if need be. */
    schema: string,
  ) {
    this.old = `${place.schema}.${place.table}`;
    this.beside = `${schema}.${place.table}`;
  }

  async createBeside(): Promise<void> {
    const { old, beside } = this;
    await this.session.query(`CREATE TABLE ${beside} (LIKE ${old} INCLUDING ALL EXCLUDING INDEXES)`);
    const statements = (await this.session.query(LIKENESS, [old, beside])) as { statement: string }[];
    for (const { statement } of statements) await this.session.query(statement);
  }

  /** Collects statistics of the new table, so that its first readers get good plans. */
  async analyze(): Promise<void> {
    await this.session.query(`ANALYZE ${this.beside}`);
  }

  /** Stops the writers of the present table until the transaction ends. Readers go on. */
  async lockWriters(): Promise<void> {
    await this.session.query(`LOCK TABLE ${this.old} IN SHARE ROW EXCLUSIVE MODE`);
  }

  /** Waits for the readers of the present table. Later readers wait for the end of the transaction. */
  async lockReaders(): Promise<void> {
    await this.session.query(`LOCK TABLE ${this.old} IN ACCESS EXCLUSIVE MODE`);
  }

  /** Moves no rows. Fails if other objects, such as SQL views, depend on the present table. */
  async swap(): Promise<void> {
    await this.session.query(`DROP TABLE ${this.old}`);
    await this.session.query(`ALTER TABLE ${this.beside} SET SCHEMA ${this.place.schema}`);
  }
}

/** Statements that give the table $2 what CREATE TABLE … LIKE does not copy from $1, or would give another name. */
const LIKENESS = `
  WITH old AS (SELECT oid, relacl, relowner, reloptions FROM pg_class WHERE oid = $1::regclass)
  SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', $2::text, conname, pg_get_constraintdef(c.oid)) AS statement
    FROM pg_constraint c JOIN old ON conrelid = old.oid WHERE contype IN ('p', 'u', 'x')
  UNION ALL
  SELECT format('CREATE %sINDEX %I ON %s %s', CASE WHEN indisunique THEN 'UNIQUE ' END, relname, $2::text,
                substring(pg_get_indexdef(indexrelid) FROM ' (USING .*)$'))
    FROM pg_index JOIN old ON indrelid = old.oid JOIN pg_class i ON i.oid = indexrelid
   WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT format('ALTER TABLE %s SET (%I = %L)', $2::text, split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))
    FROM old, unnest(reloptions) AS o
  UNION ALL
  SELECT format('GRANT %s ON %s TO %s%s', privilege_type, $2::text,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
    FROM old, aclexplode(relacl) WHERE grantee <> relowner`;
