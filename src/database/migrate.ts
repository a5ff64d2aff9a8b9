import { DataSource, type DataSourceOptions } from 'typeorm';

/** Any number will do, as long as all processes take the same one. */
const MIGRATION_LOCK = 0x63617274;

/** Brings a database to the newest schema. Of several processes that start at once, one does the work and the others wait for it. */
export async function migrate(options: DataSourceOptions): Promise<void> {
  // A migration of a big table takes its time, and waits for the others' in between.
  const { options: settings } = (options.extra ?? {}) as { readonly options?: string };
  const dataSource = await new DataSource({ ...options, extra: { options: settings } }).initialize();
  try {
    const holder = dataSource.createQueryRunner();
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
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
