import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

/** A database of a test's own. */
export interface TestDatabase {
  /** URL with the superuser's credentials. */
  readonly url: string;
  /** Removes the database and cuts off whoever is still connected to it. */
  drop(): Promise<void>;
}

/**
 * Makes a new, empty database on the server of this test run.
 * @param prefix begins the database's name: it shows in the server's log whose it was
 */
export async function createDatabase(prefix: string): Promise<TestDatabase> {
  const name = `${prefix.slice(0, 50)}_${randomBytes(6).toString('hex')}`;
  await run(`CREATE DATABASE ${escapeIdentifier(name)}`);
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
