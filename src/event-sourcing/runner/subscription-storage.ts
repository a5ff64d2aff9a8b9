import type { Logger } from '@nestjs/common';
import type { SettledLog } from '../log/settled/settled-log.js';
import { surviveLostConnections } from '../postgres/survive-lost-connections.js';
import { ProjectionDelivery } from '../projections/projection-delivery.js';
import type { ProjectionOptions, RowsProjection } from '../projections/projection.js';
import { ViewRebuilds } from '../projections/view-rebuilds.js';
import { ViewRows, type KeyRows } from '../projections/view-rows.js';
import type { RetryPolicy } from '../runtime/retry-policy.js';
import { Checkpoints, type CheckpointStore } from '../subscriptions/checkpoints.js';
import type { DataSources } from '../subscriptions/data-sources.js';
import type { Delivery } from '../subscriptions/delivery.js';
import { Leases, type LeaseStore } from '../subscriptions/leases.js';
import { postgresSagaWork, type SagaWork } from './saga-work.js';

/** A process that takes leases. */
export interface LeaseMember {
  readonly id: string;
  /** How long a lease lasts unless it is renewed, in milliseconds. */
  readonly leaseMs: number;
  /** Names the code that the process runs. */
  readonly release: string;
}

/** A place with checkpoints, and with the leases of the processes that move them. */
export interface CheckpointHome {
  readonly checkpoints: CheckpointStore;
  leases(member: LeaseMember, logger: Pick<Logger, 'warn'>): LeaseStore;
}

/** How the rows of a projection are read, and how events change them. */
export interface StoredProjection {
  readonly rows: ViewRows;
  /** Makes the delivery of a partition. */
  readonly delivery: () => Delivery;
}

/** Where subscriptions store what they have done. A handler and its checkpoint are in one place. */
export interface SubscriptionStorage {
  /** The home of event handlers and sagas. */
  readonly command: CheckpointHome;
  /** The home of projections. The same object as `command` if both are one place. */
  readonly query: CheckpointHome;
  /** How the commands of a saga are stored. */
  readonly sagaWork: SagaWork;
  /** @throws Error for entities that are not supported */
  projection(options: ProjectionOptions, projection: RowsProjection<KeyRows>): StoredProjection;
  rebuilds(settled: SettledLog, retry: RetryPolicy, logger: Logger): Rebuilds;
}

/** The rebuilds of views. */
export type Rebuilds = Pick<ViewRebuilds, 'add' | 'removeLeftovers' | 'watchRequests' | 'begin' | 'stop'>;

/** Stores everything in the two databases, which may be one. */
export function postgresSubscriptions({ command, query }: DataSources): SubscriptionStorage {
  const homeOf = (dataSource: DataSources['command']): CheckpointHome => {
    surviveLostConnections(dataSource);
    return {
      checkpoints: new Checkpoints(dataSource),
      leases: ({ id, leaseMs, release }, logger) => new Leases(dataSource, id, leaseMs, release, logger),
    };
  };
  const home = homeOf(command);
  return {
    command: home,
    query: query === command ? home : homeOf(query),
    sagaWork: postgresSagaWork,
    projection(options, projection) {
      const rows = new ViewRows(options, projection, query);
      return { rows, delivery: () => new ProjectionDelivery(rows) };
    },
    rebuilds: (...parts) => new ViewRebuilds(query, ...parts),
  };
}
