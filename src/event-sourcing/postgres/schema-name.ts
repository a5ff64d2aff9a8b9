import { createHash } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { sqlState } from './database-errors.js';

const DEFAULT_SCHEMA = 'public';
/** Another process has created the schema at the same moment. */
const EXISTS_ALREADY = ['42P06', '23505'];

/** Whether this is a name that needs no quotes, and that PostgreSQL does not reserve. */
export function isSchemaName(name: unknown): boolean {
  return typeof name === 'string' && /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(name);
}

/** Creates a schema if it does not exist. */
export async function createSchema(connection: pg.ClientConfig, schema: string): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    // CREATE SCHEMA IF NOT EXISTS needs the right to create one, even where the schema exists.
    const { rows } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    if (rows.length === 0) await client.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`);
  } catch (error) {
    if (!EXISTS_ALREADY.includes(sqlState(error) ?? '')) throw error;
  } finally {
    await client.end();
  }
}

/**
 * Turns a name into one that no other schema of the database uses, for what all schemas of a database share: channels,
 * advisory locks, and names of schemas. In the schema `public` the name stays as it is.
 */
export function nameWithin(dataSource: DataSource, name: string): string {
  const { searchSchema = DEFAULT_SCHEMA } = dataSource.driver as PostgresDriver;
  return searchSchema === DEFAULT_SCHEMA ? name : `${name} ${searchSchema}`;
}

/** SQL for the same, in sessions of the data source. */
export const NAME_WITHIN = (name: string): string =>
  `${name} || CASE WHEN current_schema() <> '${DEFAULT_SCHEMA}' THEN ' ' || current_schema() ELSE '' END`;

/** The channel `name` of a schema. It has at most 63 characters, as PostgreSQL demands, if `name` has at most 46. */
export function channelWithin(dataSource: DataSource, name: string): string {
  const whole = nameWithin(dataSource, name);
  return whole === name ? name : `${name} ${digestOf(whole)}`;
}

/** 16 hexadecimal digits that stand for a text of any length. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
