import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inTime } from '../lifecycle/conditions.js';
import { PostgresServer } from './postgres-server.js';
import { caughtUp, makeStandby, promote } from './standby.js';
import { TcpForwarder } from './tcp-forwarder.js';

const PATIENCE_MS = 60_000;
/** A standby whose primary was restarted connects again soon. */
const STANDBY_SETTINGS = { wal_retrieve_retry_interval: '100ms' };

/** Whether commits wait for the standby. */
export type Replication = 'synchronous' | 'asynchronous';

/** A primary and a standby behind one stable address. */
export class FailoverPair {
  /** How many standbys were made. */
  private made = 0;

  private constructor(
    private readonly folder: string,
    private readonly replication: Replication,
    private readonly forwarder: TcpForwarder,
    public primary: PostgresServer,
    public standby: PostgresServer,
    /** What the standby replicates through. */
    private replicationPath: TcpForwarder,
  ) {}

  /**
   * Makes both servers with these databases; resolves when the standby follows.
   * @param folder a folder that every user can pass; the servers get folders in it
   */
  static async create(
    folder: string,
    databases: readonly string[],
    replication: Replication,
  ): Promise<FailoverPair> {
    const primary = await PostgresServer.create(join(folder, 'data'), databases);
    const forwarder = await TcpForwarder.to(primary.url('postgres'));
    const path = await TcpForwarder.to(primary.url('postgres'));
    const pair = new FailoverPair(folder, replication, forwarder, primary, primary, path);
    await pair.addStandby();
    return pair;
  }

  /** The URL of a database at the stable address. */
  url(database: string): string {
    return this.forwarder.url(this.primary.url(database));
  }

  /** Runs one statement as the superuser on the primary, in the database `postgres` unless another is named. */
  async query<Row extends object>(text: string, values: unknown[] = [], database?: string): Promise<Row[]> {
    return this.primary.query<Row>(text, values, database);
  }

  /** Ends the primary without a checkpoint and starts it again. */
  async crash(): Promise<void> {
    await this.primary.crash();
  }

  /** Waits until the standby has everything. */
  async inSync(): Promise<void> {
    await inTime(PATIENCE_MS, 'the standby to stream', async () => {
      const [row] = await this.query<{ streams: boolean }>(
        `SELECT count(*) > 0 AS streams FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'
            AND ($1 = 'asynchronous' OR sync_state IN ('sync', 'quorum'))`,
        [this.replication],
      );
      return row?.streams === true;
    });
    await caughtUp(this.standby, this.primary);
  }

  /** Keeps everything from the standby from now on. */
  cutStandbyOff(): void {
    this.replicationPath.cut();
  }

  /** Ends what `cutStandbyOff` began. */
  letStandbyIn(): void {
    this.replicationPath.mend();
  }

  /** Kills the primary and promotes the standby. The address still leads to the dead primary. */
  async killAndPromote(): Promise<void> {
    await this.primary.kill();
    await this.promoteStandby();
  }

  /** Promotes the standby while the primary runs on. */
  async promoteStandby(): Promise<void> {
    // There is no standby yet that its commits could wait for.
    await this.standby.query('ALTER SYSTEM RESET synchronous_standby_names');
    await this.standby.query('SELECT pg_reload_conf()');
    await promote(this.standby);
  }

  /** Leads the address to a server, and ends its connections to another one. */
  leadTo(server: PostgresServer): void {
    this.forwarder.mend(server.url('postgres'));
  }

  /** Leads new connections to a server, and leaves those to another one as they are. */
  leadNewTo(server: PostgresServer): void {
    this.forwarder.pointTo(server.url('postgres'));
  }

  /** After a promotion: gives the new primary a standby, and removes the dead one. */
  async replaceStandby(): Promise<void> {
    const dead = this.primary;
    this.primary = this.standby;
    await this.replicationPath.close();
    this.replicationPath = await TcpForwarder.to(this.primary.url('postgres'));
    await rm(dirname(dead.cluster), { recursive: true, maxRetries: 10 });
    await this.addStandby();
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.stop(), this.standby.stop()]);
    await Promise.all([this.forwarder.close(), this.replicationPath.close()]);
  }

  private async addStandby(): Promise<void> {
    this.made += 1;
    this.standby = await makeStandby(this.primary, {
      dataDir: join(this.folder, `standby-${this.made}`),
      follows: { host: '127.0.0.1', port: this.replicationPath.port },
      settings: STANDBY_SETTINGS,
    });
    if (this.replication === 'synchronous') {
      await this.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
      await this.query('SELECT pg_reload_conf()');
    }
    await this.inSync();
  }
}
