import { join } from 'node:path';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import { PostgresServer } from '../support/postgres-server.js';
import { Service } from '../support/service.js';
import { makeStandby } from '../support/standby.js';

const SERVICES = 2;

/** A primary with the service's databases, its standbys, and processes of the service that read them. */
export class ReplicaStage {
  private readonly standbys: PostgresServer[] = [];
  private services: Service[] = [];

  private constructor(
    private readonly folder: string,
    private readonly primary: PostgresServer,
  ) {}

  /** @param folder that every user can pass */
  static async set(folder: string): Promise<ReplicaStage> {
    const primary = await PostgresServer.create(join(folder, 'primary'), ['command', 'query']);
    await migrate(commandDataSource(primary.url('command')));
    await migrate(queryDataSource(primary.url('query')));
    return new ReplicaStage(folder, primary);
  }

  /** @param applyDelayMs how long the standby holds each commit back, in milliseconds */
  async addStandby(name: string, applyDelayMs: number): Promise<PostgresServer> {
    const dataDir = join(this.folder, name);
    const standby = await makeStandby(this.primary, { dataDir, name, applyDelayMs });
    this.standbys.push(standby);
    return standby;
  }

  /** Starts two processes that read these standbys. */
  async serve(standbys: readonly PostgresServer[]): Promise<Service[]> {
    const urls = { command: this.primary.url('command'), query: this.primary.url('query') };
    const QUERY_REPLICA_URLS = standbys.map((standby) => standby.url('query')).join(',');
    for (let count = 0; count < SERVICES; count += 1)
      this.services.push(await Service.on(urls, { RATE_LIMIT: 'off', QUERY_REPLICA_URLS }));
    return this.services;
  }

  /**
   * Ends the processes.
   * @returns errors that they have logged, and answers that were not as documented
   */
  async endServices(): Promise<unknown[]> {
    const complaints = await Promise.all(this.services.map((service) => service.leave()));
    this.services = [];
    return complaints.flat();
  }

  /** Ends everything that runs. */
  async clear(): Promise<void> {
    await this.endServices().catch(() => undefined);
    await Promise.all([...this.standbys, this.primary].map((server) => server.stop()));
  }
}
