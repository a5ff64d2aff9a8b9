import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTime } from '../lifecycle/conditions.js';
import { LaunchedService, type Program } from '../lifecycle/launched-service.js';
import { FailoverPair } from '../support/failover-pair.js';
import { KafkaBroker } from '../support/kafka-broker.js';
import { PostgresServer } from '../support/postgres-server.js';
import { Post } from './crew.js';
import type { Extras } from './plan.js';
import { ChaosReplica } from './replica.js';
import { buildWitness } from './service/build-witness.js';
import type { Violation } from './violation.js';

const SERVICES = 3;
/** All at once, on a machine that may be busy. */
const START_MS = 90_000;
const JOURNAL = `
  CREATE TABLE chaos_journal (
    seq bigint GENERATED ALWAYS AS IDENTITY, position bigint, stream text, version integer, pid integer)`;

/** A server, and its database with the journal. */
export interface Journal {
  readonly server: PostgresServer;
  readonly database: string;
}

export interface StageOptions extends Extras {
  /** What the run's folder is named after. */
  readonly seed: number;
  /** How long a cart is idle before it is abandoned, in milliseconds. */
  readonly idleMs: number;
}

/** Where a run takes place: a folder, a PostgreSQL, and the posts of its services. */
export class Stage {
  readonly posts: Post[] = [];

  private constructor(
    /** Logs of the services and of PostgreSQL. */
    readonly folder: string,
    readonly postgres: Pick<PostgresServer, 'url' | 'query' | 'crash' | 'stop'>,
    /** The same, if it has a standby. */
    readonly pair: FailoverPair | undefined,
    /** Where the witness keeps its journal. */
    readonly journal: Journal,
    readonly replica: ChaosReplica | undefined,
    readonly broker: KafkaBroker | undefined,
    private readonly program: Program,
    private readonly idleMs: number,
  ) {}

  static readonly services = SERVICES;

  static async set({ seed, idleMs, failover, replica, kafka }: StageOptions): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), `cartwright-chaos-${seed}-`));
    await chmod(folder, 0o711); // PostgreSQL's own system user, where root runs this, has to pass
    await mkdir(join(folder, 'program'));
    const file = await buildWitness(join(folder, 'program'));
    const databases = ['command', 'query', 'from_zero'];
    const pair = failover ? await FailoverPair.create(folder, databases, 'synchronous') : undefined;
    const primary = pair?.primary ?? (await PostgresServer.create(join(folder, 'data'), databases));
    const journal = pair ? await journalApart(folder) : { server: primary, database: 'command' };
    await journal.server.query(JOURNAL, [], journal.database);
    return new Stage(
      folder,
      pair ?? primary,
      pair,
      journal,
      replica ? await ChaosReplica.create(folder, primary) : undefined,
      kafka ? await KafkaBroker.start() : undefined,
      { file: process.execPath, parameters: [file], folder: '/' },
      idleMs,
    );
  }

  /** The URL of the database with the journal. */
  get journalUrl(): string {
    return this.journal.server.url(this.journal.database);
  }

  /** Launches a service whose views are in this database. */
  launch(queryDatabase: 'query' | 'from_zero'): LaunchedService {
    const command = this.postgres.url('command');
    const env = {
      COMMAND_DATABASE_URL: command,
      QUERY_DATABASE_URL: this.postgres.url(queryDatabase),
      CHAOS_JOURNAL_URL: this.journalUrl,
      CART_ABANDON_AFTER: `${this.idleMs}ms`,
      ...(this.broker && { KAFKA_BROKERS: this.broker.address }),
      ...(this.replica && { QUERY_REPLICA_URLS: this.replica.url(queryDatabase) }),
    };
    return LaunchedService.start(env, this.program);
  }

  /**
   * Mans the posts, and waits until all serve.
   * @param disturbedAt when the database was disturbed last
   */
  async man(disturbedAt: () => number, report: (violation: Violation) => void): Promise<void> {
    for (let number = 0; number < SERVICES; number += 1) {
      this.posts.push(new Post(number, () => this.launch('query'), this.folder, disturbedAt, report));
    }
    await inTime(START_MS, 'all services to serve', () => this.posts.every((post) => post.isServing));
  }

  /** Ends whatever still runs. The logs stay where there is a reason to read them. */
  async clear(keepsLogs: boolean): Promise<void> {
    const abandoned = this.posts.map((post) => post.abandon());
    await LaunchedService.killAll();
    await Promise.all(abandoned);
    await this.broker?.remove();
    await this.replica?.stop();
    await Promise.all([this.postgres.stop(), this.journal.server.stop()]);
    const superfluous = keepsLogs ? join(this.folder, 'program') : this.folder;
    await rm(superfluous, { recursive: true, maxRetries: 10 });
  }
}

/**
 * A server that nothing happens to. A journal of one commit for each event would fall behind where each commit waits for a
 * standby.
 */
async function journalApart(folder: string): Promise<Journal> {
  const server = await PostgresServer.create(join(folder, 'journal'), ['journal'], { fsync: 'off' });
  return { server, database: 'journal' };
}
