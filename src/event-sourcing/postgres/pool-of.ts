import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/**
 * The connection pool of a data source. Frequent statements use it directly, because only the driver can prepare
 * them.
 */
export function poolOf(dataSource: DataSource): pg.Pool {
  return (dataSource.driver as PostgresDriver).master as pg.Pool;
}

/**
 * The connection parameters of a data source, for other connections to the same database. The pool hides the password
 * from those who copy its options.
 */
export function connectionOf(dataSource: DataSource): pg.ClientConfig {
  const { options } = poolOf(dataSource);
  return { ...options, password: options.password };
}
