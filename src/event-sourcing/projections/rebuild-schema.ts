import { DataSource } from 'typeorm';
import { digestOf, NAME_WITHIN, nameWithin } from '../postgres/schema-name.js';

/** One connection holds the lock and swaps; the subscription needs one or two. */
const CONNECTIONS = 4;

/** SQL for the number of the advisory lock of the rebuild with the key $1; see `rebuildKey`. */
export const LOCK = numberOf('$1');

/** SQL for whether any process holds the lock, so that the rebuild of the view of a projection is under way. */
export const LOCKED = (projection: string): string => `EXISTS (
  SELECT FROM pg_locks l
   WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND (l.classid::bigint << 32) | l.objid::bigint = ${numberOf(NAME_WITHIN(projection))})`;

function numberOf(key: string): string {
  return `hashtextextended('rebuild ' || ${key}, 0)`;
}

/** Identifies the rebuild of a projection in the whole database. */
export function rebuildKey(dataSource: DataSource, projection: string): string {
  return nameWithin(dataSource, projection);
}

/** The schema in which a view is rebuilt. Needs no quotes, whatever the name of the projection. */
export function schemaOf(key: string): string {
  return `rebuild_${digestOf(key)}`;
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
    const keys = names.map((name) => rebuildKey(dataSource, name));
    const left = (await session.query(
      'SELECT key FROM unnest($1::text[], $2::text[]) AS r(key, schema) JOIN pg_namespace ON nspname = schema',
      [keys, keys.map(schemaOf)],
    )) as { key: string }[];
    for (const { key } of left) {
      const [row] = (await session.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`, [key])) as {
        locked: boolean;
      }[];
      if (!row?.locked) continue;
      try {
        await session.query(`DROP SCHEMA IF EXISTS ${schemaOf(key)} CASCADE`);
      } finally {
        await session.query(`SELECT pg_advisory_unlock(${LOCK})`, [key]);
      }
    }
  } finally {
    await session.release();
  }
}
