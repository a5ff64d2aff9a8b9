import { Client } from 'pg';

/** Counts what the event log holds, behind the service's back. */
export async function eventCount(commandDatabaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: commandDatabaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM event_log');
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
