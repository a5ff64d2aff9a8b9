import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Monitor } from '../runtime/monitor.js';
import { identityOf, ReplicaConnection } from './replica-connection.js';
import { ReadReplica, type Found } from './read-replica.js';

const PRIMARY = 'primary';

/**
 * The replicas of the query database. Only queries use them, and only where they ask for them here. What writes the
 * views, and what tells who writes them, reads the primary.
 */
export class ReadReplicas {
  private turn = 0;

  /** @param monitor counts the reads */
  constructor(
    /** In the order of the configuration. */
    readonly all: readonly ReadReplica[],
    private readonly monitor: Pick<Monitor, 'onViewRead'>,
  ) {}

  /**
   * Connects to the replicas of a query database. Those that are down are tried again.
   * @param urls of the replicas
   * @throws UnsuitableServerError if a URL leads to something else than a copy of the query database
   */
  static async open(
    urls: readonly string[],
    query: DataSource,
    monitor: Pick<Monitor, 'onViewRead'>,
    logger: Pick<Logger, 'log' | 'warn'>,
  ): Promise<ReadReplicas> {
    const identity = urls.length > 0 ? await identityOf(query) : undefined;
    const all = urls.map((url) => {
      const open = async (): Promise<ReplicaConnection> =>
        ReplicaConnection.open(url, query, identity ?? (await identityOf(query)));
      return new ReadReplica(url, open, logger);
    });
    const replicas = new ReadReplicas(all, monitor);
    try {
      await Promise.all(all.map((replica) => replica.start()));
    } catch (error) {
      await replicas.stop();
      throw error;
    }
    return replicas;
  }

  /** Ends all connections. From then on the primary answers. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((replica) => replica.stop()));
  }

  /**
   * Reads from a replica that is up and new enough, else from the primary. The replicas take turns.
   * @param kind names reads that share a verdict: a replica that was too old for one of them is not asked by the others
   *   for a second
   * @param fromReplica resolves to `undefined` if the replica is too old
   * @throws what `fromPrimary` throws; of `fromReplica` only errors that do not come from the database
   */
  async read<T>(
    kind: string,
    fromReplica: (replica: DataSource) => Promise<Found<T> | undefined>,
    fromPrimary: () => Promise<T>,
  ): Promise<T> {
    const first = this.turn++;
    for (let index = 0; index < this.all.length; index += 1) {
      const replica = this.all[(first + index) % this.all.length];
      const found = await replica?.read(kind, fromReplica);
      if (!replica || !found) continue;
      this.monitor.onViewRead?.(replica.place);
      return found.value;
    }
    this.monitor.onViewRead?.(PRIMARY);
    return fromPrimary();
  }
}
