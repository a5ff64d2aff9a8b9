import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** The databases that the service makes on its embedded server. */
export type EmbeddedDatabase = 'cartwright_command' | 'cartwright_query';

/** URL of a database on the embedded server that runs in DATA_DIR. */
export async function embeddedUrl(dataDir: string, database: string): Promise<string> {
  const cluster = join(dataDir, 'postgres');
  const password = await readFile(join(cluster, 'postgres.password'), 'utf8');
  const [, , , port] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
}

/** Runs work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The first column of what a statement gives. */
export async function column<T>(url: string, statement: string, values: unknown[] = []): Promise<T[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<T[]>({ text: statement, values, rowMode: 'array' });
    return rows.map((row) => row[0] as T);
  });
}
