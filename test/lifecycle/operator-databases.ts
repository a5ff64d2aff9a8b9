import { createDatabase } from '../support/database.js';

/** Two databases on the server of this test run, and the environment that leads a service to them. */
export interface OperatorDatabases {
  readonly urls: { readonly COMMAND_DATABASE_URL: string; readonly QUERY_DATABASE_URL: string };
  drop(): Promise<void>;
}

/** @param prefix begins the databases' names */
export async function makeDatabases(prefix: string): Promise<OperatorDatabases> {
  const [command, query] = await Promise.all([
    createDatabase(`${prefix}_command`),
    createDatabase(`${prefix}_query`),
  ]);
  return {
    urls: { COMMAND_DATABASE_URL: command.url, QUERY_DATABASE_URL: query.url },
    drop: async () => {
      await Promise.all([command.drop(), query.drop()]);
    },
  };
}
