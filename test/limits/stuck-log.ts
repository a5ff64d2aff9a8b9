import { Client } from 'pg';

/** Holds up whoever appends to the event log, until it is let go: a command that has begun does not end before. */
export class StuckLog {
  private constructor(private readonly client: Client) {}

  static async at(commandDatabaseUrl: string): Promise<StuckLog> {
    const client = new Client({ connectionString: commandDatabaseUrl });
    await client.connect();
    await client.query('BEGIN');
    // Readers are let through.
    await client.query('LOCK TABLE event_log IN SHARE MODE');
    return new StuckLog(client);
  }

  async letGo(): Promise<void> {
    await this.client.end();
  }
}
