import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';

/** One connection holds the lock and swaps; the subscription needs one or two. */
const CONNECTIONS = 4;

/** SQL for the key of the advisory lock of the rebuild of the view $1. */
export const LOCK = keyOf('$1');

/** SQL for whether any process holds the lock, so that the rebuild of the view is under way. */
export const LOCKED = (name: string): string => `EXISTS (
  SELECT FROM pg_locks l
   WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND (l.classid::bigint << 32) | l.objid::bigint = ${keyOf(name)})`;

function keyOf(name: string): string {
  return `hashtextextended('rebuild ' || ${name}, 0)`;
}

/** The schema in which the view of a projection is rebuilt. Needs no quotes, whatever the name of the projection. */
export function schemaOf(name: string): string {
  return `rebuild_${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/**
 * A data source on the same database with another schema first in its search path. Nothing limits its statements, as
 * a swap may take long.
 */
export async function besideOf(dataSource: DataSource, schema: string): Promise<DataSource> {
  const { options: settings = '', ...extra } = (dataSource.options.extra ?? {}) as { options?: string };
  const [row] = await dataSource.query<{ search_path: string }[]>('SHOW search_path');
  const path = `${schema}, ${row?.search_path ?? 'public'}`;
  return new DataSource({
    ...dataSource.options,
    migrations: [],
    extra: {
      ...extra,
      max: CONNECTIONS,
      query_timeout: 0,
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      options: `${settings} -c search_path=${path.replaceAll(/[\\\s]/g, '\\$&')}`,
    },
  });
}

/** A table and its schema, quoted. */
export interface TablePlace {
  readonly schema: string;
  readonly table: string;
}

/** Where the connections of a data source find these tables. The result is in the order of `tables`. */
export async function placesOf(dataSource: DataSource, tables: readonly string[]): Promise<TablePlace[]> {
  return dataSource.query<TablePlace[]>(
    `SELECT quote_ident(nspname) AS schema, quote_ident(relname) AS "table"
       FROM unnest($1::text[]) WITH ORDINALITY AS t(name, nr)
       JOIN pg_class c ON c.oid = t.name::regclass JOIN pg_namespace n ON n.oid = relnamespace ORDER BY nr`,
    [tables],
  );
}

/**
 * Removes the schemas of rebuilds of these projections whose processes have died. Rebuilds under way hold their
 * locks, and stay.
 */
export async function dropLeftovers(dataSource: DataSource, names: readonly string[]): Promise<void> {
  const session = dataSource.createQueryRunner();
  try {
    const left = (await session.query(
      'SELECT name FROM unnest($1::text[], $2::text[]) AS r(name, schema) JOIN pg_namespace ON nspname = schema',
      [names, names.map(schemaOf)],
    )) as { name: string }[];
    for (const { name } of left) {
      const [row] = (await session.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`, [name])) as {
        locked: boolean;
      }[];
      if (!row?.locked) continue;
      try {
        await session.query(`DROP SCHEMA IF EXISTS ${schemaOf(name)} CASCADE`);
      } finally {
        await session.query(`SELECT pg_advisory_unlock(${LOCK})`, [name]);
      }
    }
  } finally {
    await session.release();
  }
}
