import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';

/** Any number will do, as long as all processes take the same one. */
const MIGRATION_LOCK = 0x63617274;
const LOCK_POLL_MS = 50;

/**
 * Brings a database to the newest schema. Of several processes that start at the same moment, one does the work and the others
 * wait for it. A lock within the migrations would come too late: TypeORM creates its own table before the first of them.
 * @param options of a data source; the time limits in `extra` do not apply here, as a migration of a big table takes its time
 */
export async function migrate(options: DataSourceOptions): Promise<void> {
  const { options: settings } = (options.extra ?? {}) as { readonly options?: string };
  const dataSource = await new DataSource({ ...options, extra: { options: settings } }).initialize();
  try {
    const holder = dataSource.createQueryRunner();
    // It is asked for again and again: who waits inside a statement would hold up CREATE INDEX CONCURRENTLY.
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
 * Runs what is pending of the migrations of a data source that is connected already.
 * @param name as the application knows the data source
 * @throws Error for a data source that runs them itself
 */
export async function migrateDataSource(name: string, dataSource: DataSource): Promise<void> {
  const { options } = dataSource;
  if (options.migrationsRun) {
    throw new Error(
      `The data source "${name}" has migrationsRun: true. Processes that start together would run the migrations at the same time and fail. Leave it out: EventSourcingModule runs the migrations of its data sources under a lock.`,
    );
  }
  const pending = await new MigrationExecutor(dataSource).getPendingMigrations();
  if (pending.length > 0) await migrate(options);
}
