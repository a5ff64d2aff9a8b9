import { migrateDataSource } from '../postgres/migrate.js';
import type { DataSources } from '../subscriptions/data-sources.js';
import { checkOptions } from './check-options.js';
import type { DatabaseOptions } from './durable-cqrs.options.js';
import { COMMAND_DATA_SOURCE, openDataSources, QUERY_DATA_SOURCE } from './open-data-sources.js';

/**
 * Runs the pending migrations of the databases, for a deployment step. `DurableCqrsModule` does the same when it
 * starts.
 * @param options as for `DurableCqrsModule.forRoot`, which can be given the same object
 * @throws Error as the start of the module does; migrations before the failed one stay applied
 */
export async function migrateDatabases(options: DatabaseOptions): Promise<void> {
  const sources = await openDataSources(checkOptions(options));
  try {
    await migrateSources(sources);
  } finally {
    await sources.close();
  }
}

/** Runs the pending migrations of both data sources. */
export async function migrateSources({ command, query }: DataSources): Promise<void> {
  await migrateDataSource(COMMAND_DATA_SOURCE, command);
  // Both data sources may lead to one database, so they are migrated one after the other.
  if (query !== command) await migrateDataSource(QUERY_DATA_SOURCE, query);
}
