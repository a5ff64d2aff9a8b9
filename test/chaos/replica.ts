import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '../support/postgres-server.js';
import { makeStandby, pauseReplay, resumeReplay } from '../support/standby.js';
import { TcpForwarder } from '../support/tcp-forwarder.js';

/** A read replica at one stable address. It follows the primary, and is made again when there is a new one. */
export class ChaosReplica {
  private made = 0;

  private constructor(
    private readonly folder: string,
    private readonly forwarder: TcpForwarder,
    private server: PostgresServer,
  ) {}

  /** @param folder a folder that every user can pass; the replica gets a folder in it */
  static async create(folder: string, primary: PostgresServer): Promise<ChaosReplica> {
    const forwarder = await TcpForwarder.to(primary.url('postgres'));
    const replica = new ChaosReplica(folder, forwarder, primary);
    await replica.follow(primary);
    return replica;
  }

  /** The URL of a database at the stable address. */
  url(database: string): string {
    return this.forwarder.url(this.server.url(database));
  }

  /** Kills it, and starts it again after so many milliseconds. */
  async loseFor(ms: number): Promise<void> {
    await this.server.kill();
    await sleep(ms);
    await this.server.start();
  }

  /** Lets it apply nothing for so many milliseconds. */
  async lagFor(ms: number): Promise<void> {
    await pauseReplay(this.server);
    await sleep(ms);
    await resumeReplay(this.server);
  }

  /** Follows a new primary. The old copy may be ahead of it, so a new one is made. */
  async renew(primary: PostgresServer): Promise<void> {
    const dead = this.folderOf(this.made);
    await this.server.stop();
    await rm(dead, { recursive: true, maxRetries: 10 });
    await this.follow(primary);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.forwarder.close();
  }

  private async follow(primary: PostgresServer): Promise<void> {
    this.made += 1;
    this.server = await makeStandby(primary, {
      dataDir: this.folderOf(this.made),
      name: 'replica',
      settings: { wal_retrieve_retry_interval: '100ms' },
    });
    this.forwarder.mend(this.server.url('postgres'));
  }

  private folderOf(number: number): string {
    return join(this.folder, `replica-${number}`);
  }
}
