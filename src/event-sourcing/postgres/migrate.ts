import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';

/** An arbitrary number that all processes share. */
const MIGRATION_LOCK = 0x63617274;
const LOCK_POLL_MS = 50;

/**
 * Runs the pending migrations of a database. If several processes start at the same moment, one does the work and the
 * others wait. A lock within the migrations would be too late: TypeORM creates its own table before the first one.
 * @param options of a data source. The timeouts in `extra` do not apply, because migrating a large table takes long.
 * @throws whatever a migration throws; the ones before it stay applied
 */
export async function migrate(options: DataSourceOptions): Promise<void> {
  const { options: settings } = (options.extra ?? {}) as { readonly options?: string };
  const dataSource = await new DataSource({ ...options, extra: { options: settings } }).initialize();
  try {
    const holder = dataSource.createQueryRunner();
    // Polled, because a statement that waits for the lock would block CREATE INDEX CONCURRENTLY.
    while (!(await tryLock(holder))) await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    try {
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await holder.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

async function tryLock(holder: {
  query(sql: string, values: unknown[]): Promise<unknown>;
}): Promise<boolean> {
  const rows = await holder.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK]);
  return (rows as readonly { readonly locked: boolean }[])[0]?.locked === true;
}

/**
 * Runs the pending migrations of a connected data source.
 * @param name the name of the data source in the application
 * @throws Error for a data source with `migrationsRun`
 */
export async function migrateDataSource(name: string, dataSource: DataSource): Promise<void> {
  const { options } = dataSource;
  if (options.migrationsRun) {
    throw new Error(
      `The data source "${name}" has migrationsRun: true. Processes that start together would run the migrations ` +
        'at the same time and fail. Leave it out: DurableCqrsModule runs the migrations of its data sources under a lock.',
    );
  }
  const pending = await new MigrationExecutor(dataSource).getPendingMigrations();
  if (pending.length > 0) await migrate(options);
}
