import { setTimeout as after } from 'node:timers/promises';
import type pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { LogHead } from '../log/settled/log-head.js';
import type { ViewRows } from '../projections/view-rows.js';
import type { Found } from './read-replica.js';
import type { ReadReplicas } from './read-replicas.js';
import { holds, type Reachable } from './until-reached.js';

/** How long a query waits for a replica that is slightly behind, in milliseconds. Then the primary answers. */
const PATIENCE_MS = 100;

/** Reads the tables of a view. All its statements see the same snapshot. */
export type TablesQuery<T> = (manager: EntityManager) => Promise<T>;

/** What a query on the tables of a view needs. */
export interface QueriedView extends Reachable {
  readonly source: Pick<ViewRows, 'name' | 'progress' | 'dataSource'>;
  readonly head: Pick<LogHead, 'position'>;
  readonly replicas: Pick<ReadReplicas, 'read'>;
}

/**
 * Queries the tables of a view, on a replica whose tables hold everything that any process had acknowledged before,
 * else on the primary. So a replica never shows less than anything that was shown before.
 * @param writer of the view, as the primary shows it; `undefined` if it is not known
 */
export async function queryTables<T>(
  view: QueriedView,
  writer: () => string | undefined,
  query: TablesQuery<T>,
): Promise<T> {
  const fromReplica = async (replica: DataSource): Promise<Found<T> | undefined> => {
    const head = await settledHead(view);
    if (head === undefined) return undefined;
    const readOnce = async (): Promise<Found<T> | undefined> =>
      replica.transaction(async (manager) => {
        const session = (await manager.queryRunner?.connect()) as pg.PoolClient;
        const progress = await view.source.progress(head, session);
        // A replica that shows another writer has the tables from before a rebuild.
        // The retry of a parked event changes tables without a new position.
        const isNew = progress.writer === writer() && !progress.hasParked && holds(view, progress, head);
        return isNew ? { value: await query(manager) } : undefined;
      });
    return view.watch.until(readOnce, PATIENCE_MS);
  };
  return view.replicas.read(`tables of ${view.source.name}`, fromReplica, () =>
    query(view.source.dataSource.manager),
  );
}

/** @returns the head of the log; `undefined` if it cannot be read, or is not settled here, in time */
async function settledHead({ head, settled }: QueriedView): Promise<number | undefined> {
  const position = await Promise.race([
    // It fails if the log is out of reach. The primary can still answer.
    head.position().catch(() => undefined),
    after(PATIENCE_MS, undefined, { ref: false }),
  ]);
  if (position === undefined || !(await settled.reached(position, PATIENCE_MS))) return undefined;
  return position;
}
