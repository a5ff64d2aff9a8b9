import pg from 'pg';
import { createDatabase } from '../../support/database.js';

/** A row of the log, as the tests compare it. */
export interface LogRow {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
}

/** A database with an empty event log, and connections to look into it past the code under test. */
export class LogDatabase {
  private readonly clients: pg.Client[] = [];
  private constructor(
    readonly url: string,
    private readonly pool: pg.Pool,
    private readonly remove: () => Promise<void>,
  ) {}

  static async create(): Promise<LogDatabase> {
    const database = await createDatabase('event_log', 'template_command');
    const { url } = database;
    // A test may end the connections of a whole database; these are made anew then.
    const pool = new pg.Pool({ connectionString: url, max: 3, application_name: 'test' });
    pool.on('error', () => undefined);
    return new LogDatabase(url, pool, () => database.drop());
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** A connection of its own, for transactions that stay open. It is closed with the database. */
  async connect(name = 'test transaction'): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, application_name: name });
    // Whoever is killed by a test notices in its next statement.
    client.on('error', () => undefined);
    await client.connect();
    this.clients.push(client);
    return client;
  }

  /** The whole log, by position. */
  async rows(): Promise<LogRow[]> {
    return this.query<LogRow>(
      'SELECT position::float8, stream, version, id FROM event_log ORDER BY position',
    );
  }

  /** Ends connections of this database by their application name. @returns how many there were */
  async kill(applicationName: string, limit?: number): Promise<number> {
    const killed = await this.query(
      `SELECT pg_terminate_backend(pid) FROM (
         SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 ORDER BY random() LIMIT $2) a`,
      [applicationName, limit ?? null],
    );
    return killed.length;
  }

  async drop(): Promise<void> {
    await Promise.allSettled(this.clients.map((client) => client.end()));
    await this.pool.end();
    await this.remove();
  }
}
