import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

/** A database of a test's own. */
export interface TestDatabase {
  /** URL with the superuser's credentials. */
  readonly url: string;
  /** Removes the database and cuts off whoever is still connected to it. */
  drop(): Promise<void>;
}

/** Databases that the run has migrated once, to be copied; see `global-setup.mjs`. */
export type Template = 'template_command' | 'template_query';

/**
 * Makes a new database on the server of this test run.
 * @param prefix begins the database's name, so that the server's log shows whose it was
 * @param template a database at the newest schema to copy; without it the new one is empty
 */
export async function createDatabase(prefix: string, template?: Template): Promise<TestDatabase> {
  const name = `${prefix.slice(0, 50)}_${randomBytes(6).toString('hex')}`;
  const source = template === undefined ? '' : ` TEMPLATE ${escapeIdentifier(template)}`;
  await run(`CREATE DATABASE ${escapeIdentifier(name)}${source}`);
  const url = new URL(serverUrl());
  url.pathname = `/${encodeURIComponent(name)}`;
  return { url: url.href, drop: () => run(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`) };
}

async function run(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  const url = process.env['TEST_POSTGRES_URL'];
  if (url === undefined) throw new Error('TEST_POSTGRES_URL is not set: run the tests with "npm test"');
  return url;
}
