import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';

/** Beside the one that holds the lock and swaps, the subscription needs one or two. */
const CONNECTIONS = 4;

/** The advisory lock of the rebuild of the view $1. */
export const LOCK = `hashtextextended('rebuild ' || $1, 0)`;

/** Where the view of a projection is built anew: plain letters, whatever the name is. */
export function schemaOf(name: string): string {
  return `rebuild_${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** The same database, in which the names of tables mean those of another schema first. A swap takes as long as it takes. */
export function besideOf({ options }: DataSource, schema: string): DataSource {
  const { options: settings = '', ...extra } = (options.extra ?? {}) as { options?: string };
  return new DataSource({
    ...options,
    migrations: [],
    extra: {
      ...extra,
      max: CONNECTIONS,
      query_timeout: 0,
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      options: `${settings} -c search_path=${schema},public`,
    },
  });
}

/**
 * Removes what rebuilds of these projections have left behind whose process has died. Those under way have their locks, and stay.
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
