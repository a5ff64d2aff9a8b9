import type { QueryRunner } from 'typeorm';

/**
 * The table of a view, and one beside it that is to take its place: the same columns, constraints, indexes by the same names,
 * storage parameters and grants. Readers by whatever prepared statement find the new one, as PostgreSQL plans anew where
 * a table is gone.
 */
export class ViewTable {
  constructor(
    private readonly session: QueryRunner,
    /** Both quoted where need be. */
    private readonly table: string,
    private readonly schema: string,
  ) {}

  async createBeside(): Promise<void> {
    const { table, schema } = this;
    await this.session.query(
      `CREATE TABLE ${schema}.${table} (LIKE public.${table} INCLUDING ALL EXCLUDING INDEXES)`,
    );
    const statements = (await this.session.query(LIKENESS, [`public.${table}`, `${schema}.${table}`])) as {
      statement: string;
    }[];
    for (const { statement } of statements) await this.session.query(statement);
  }

  /** So that it is read by good plans from the first moment on. */
  async analyze(): Promise<void> {
    await this.session.query(`ANALYZE ${this.schema}.${this.table}`);
  }

  /** From here on nobody writes the view, until the transaction ends; it is read as ever. */
  async lockWriters(): Promise<void> {
    await this.session.query(`LOCK TABLE public.${this.table} IN SHARE ROW EXCLUSIVE MODE`);
  }

  /** Waits for those who read it; whoever comes later waits for the end of the transaction. */
  async lockReaders(): Promise<void> {
    await this.session.query(`LOCK TABLE public.${this.table} IN ACCESS EXCLUSIVE MODE`);
  }

  /** Takes as long for many rows as for few. What others have built on the old table, such as a view of SQL, has it refused. */
  async swap(): Promise<void> {
    await this.session.query(`DROP TABLE public.${this.table}`);
    await this.session.query(`ALTER TABLE ${this.schema}.${this.table} SET SCHEMA public`);
  }
}

/** Statements that give the table $2 what CREATE TABLE … LIKE leaves out of $1, or would name anew. */
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
  SELECT format('GRANT %s ON %s TO %s%s', privilege_type, $2::text, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
    FROM old, aclexplode(relacl) WHERE grantee <> relowner`;
