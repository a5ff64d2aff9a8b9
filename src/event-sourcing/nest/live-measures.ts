import { UnknownEventError } from '../kernel/event-registry.js';
import type { EventLog } from '../log/event-log.js';
import type { SettledLog } from '../log/settled/settled-log.js';
import { poolOf } from '../postgres/pool-of.js';
import type { SubscriptionAdmin } from '../runner/subscription-admin.js';
import type { SubscriptionRunner } from '../runner/subscription-runner.js';
import type { SubscriptionStatus } from '../runner/subscription-status.js';
import type { ReadReplicas } from '../queries/read-replicas.js';
import type { ConnectionCount, MeasuredReplica, Measures } from '../runtime/monitor.js';
import type { DatabasePair } from '../subscriptions/data-sources.js';

/** What monitors read of this process. */
export class LiveMeasures implements Measures {
  constructor(
    private readonly admin: SubscriptionAdmin,
    private readonly runner: SubscriptionRunner,
    private readonly log: EventLog,
    private readonly settled: SettledLog,
    private readonly databases: DatabasePair,
    private readonly readReplicas: Pick<ReadReplicas, 'all'>,
  ) {}

  get held(): number {
    return this.runner.held;
  }

  get waiting(): number {
    return this.log.waiting;
  }

  get isOutdated(): boolean {
    return this.settled.failure instanceof UnknownEventError;
  }

  get hasLostEvents(): boolean {
    return this.log.failure !== undefined;
  }

  get connections(): ConnectionCount[] {
    return (['command', 'query'] as const).flatMap((database): ConnectionCount[] => {
      const { totalCount, idleCount, waitingCount } = poolOf(this.databases[database]);
      return [
        { database, state: 'total', count: totalCount },
        { database, state: 'idle', count: idleCount },
        { database, state: 'waiting', count: waitingCount },
      ];
    });
  }

  get replicas(): MeasuredReplica[] {
    const { mark } = this.settled;
    return this.readReplicas.all.map(({ place, isUp, positions }) => ({
      place,
      isUp,
      lags: new Map([...positions].map(([name, position]) => [name, Math.max(mark - position, 0)])),
    }));
  }

  async statuses(): Promise<SubscriptionStatus[]> {
    return this.admin.statuses();
  }
}
