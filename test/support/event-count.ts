import { Client } from 'pg';

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
