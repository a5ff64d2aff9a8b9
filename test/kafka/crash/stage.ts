import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTime } from '../../lifecycle/conditions.js';
import { LaunchedService } from '../../lifecycle/launched-service.js';
import { KafkaBroker } from '../../support/kafka-broker.js';
import { PostgresServer } from '../../support/postgres-server.js';

/** Long enough for a busy machine, in milliseconds. */
const CATCH_UP_MS = 180_000;

/** An event of the log, as it has to arrive. */
export interface LogEvent {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly data: unknown;
}

/** Where a round takes place: PostgreSQL, a broker, and one process of the service. */
export class Stage {
  /** The address of the service; undefined while it is away. */
  origin: string | undefined;
  private process: LaunchedService | undefined;

  private constructor(
    private readonly folder: string,
    readonly postgres: PostgresServer,
    readonly broker: KafkaBroker,
  ) {}

  static async set(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'cartwright-kafka-round-'));
    // PostgreSQL's own system user, where root runs this, has to pass.
    await chmod(folder, 0o711);
    const [postgres, broker] = await Promise.all([
      PostgresServer.create(join(folder, 'data'), ['command', 'query']),
      KafkaBroker.start(),
    ]);
    return new Stage(folder, postgres, broker);
  }

  get service(): LaunchedService {
    if (!this.process) throw new Error('The service does not run.');
    return this.process;
  }

  /** Starts the service, and waits until it is ready. */
  async launch(env: NodeJS.ProcessEnv = {}): Promise<void> {
    this.process = LaunchedService.start({
      COMMAND_DATABASE_URL: this.postgres.url('command'),
      QUERY_DATABASE_URL: this.postgres.url('query'),
      KAFKA_BROKERS: this.broker.address,
      ...env,
    });
    await this.process.ready();
    this.origin = await this.process.listens();
  }

  /** Ends the service by SIGKILL. */
  async kill(): Promise<void> {
    this.origin = undefined;
    await this.service.kill();
    this.process = undefined;
  }

  /** Events that the relay sends. */
  async events(): Promise<readonly LogEvent[]> {
    return this.postgres.query<LogEvent>(
      `SELECT id, stream, version, data FROM event_log
        WHERE stream LIKE 'cart-%' OR stream LIKE 'product-%' ORDER BY position`,
      [],
      'command',
    );
  }

  async count(): Promise<number> {
    return this.number('SELECT count(*)::int AS number FROM event_log');
  }

  /** Number of events that the relay has parked. */
  async parked(): Promise<number> {
    return this.number(`SELECT count(*)::int AS number FROM parked_event WHERE handler = 'kafka'`);
  }

  /** Where the checkpoint of the relay is. */
  async position(): Promise<number> {
    return this.number(`SELECT position::int AS number FROM checkpoint WHERE name = 'kafka'`);
  }

  /** Waits until the checkpoint of the relay is at the end of the log. */
  async relayCatchesUp(): Promise<void> {
    const head = await this.number('SELECT max(position)::int AS number FROM event_log');
    await inTime(
      CATCH_UP_MS,
      'the relay to reach the end of the log',
      async () => (await this.position()) >= head,
    );
  }

  /** The number that a statement gives on the command database. */
  async number(statement: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.postgres.query<{ number: number | null }>(statement, values, 'command');
    return row?.number ?? 0;
  }

  /** Ends everything and removes it. */
  async clear(): Promise<void> {
    await LaunchedService.killAll();
    await Promise.all([this.postgres.stop(), this.broker.remove()]);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
