import { Client } from 'pg';
import type { Service } from './service.js';

/** Counts what the event log holds, behind the service's back. */
export async function eventCount(commandDatabaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: commandDatabaseUrl });
  await client.connect();
  try {
    return await countEvents(client);
  } finally {
    await client.end();
  }
}

/** The same on a connection that is there. */
export async function countEvents(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM event_log');
  return rows[0]?.count ?? 0;
}

/** Sends a request that must store nothing at all, and gives its answer. */
export async function unchanged<T>({ commandDatabaseUrl }: Service, ask: () => Promise<T>): Promise<T> {
  const before = await eventCount(commandDatabaseUrl);
  const answer = await ask();
  expect(await eventCount(commandDatabaseUrl)).toBe(before);
  return answer;
}
