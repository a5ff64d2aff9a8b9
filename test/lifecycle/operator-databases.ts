import { createDatabase } from '../support/database.js';

/** Two databases on the server of this test run, and the environment that leads a service to them. */
export interface OperatorDatabases {
  readonly urls: { readonly COMMAND_DATABASE_URL: string; readonly QUERY_DATABASE_URL: string };
  drop(): Promise<void>;
}

/**
 * Makes two databases at the newest schema.
 * @param prefix begins the databases' names
 * @param areEmpty whether the service has to migrate them
 */
export async function makeDatabases(prefix: string, { areEmpty = false } = {}): Promise<OperatorDatabases> {
  const [command, query] = await Promise.all([
    createDatabase(`${prefix}_command`, areEmpty ? undefined : 'template_command'),
    createDatabase(`${prefix}_query`, areEmpty ? undefined : 'template_query'),
  ]);
  return {
    urls: { COMMAND_DATABASE_URL: command.url, QUERY_DATABASE_URL: query.url },
    drop: async () => {
      await Promise.all([command.drop(), query.drop()]);
    },
  };
}
