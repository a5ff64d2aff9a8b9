import type { DataSource } from 'typeorm';
import type { SettledLog } from '../log/settled/settled-log.js';
import type { PlacedRows, ViewRows } from '../projections/view-rows.js';
import type { Found } from './read-replica.js';
import type { ReadReplicas } from './read-replicas.js';

/** A replica that lacks more positions is not read: to find the missing events of a key would cost more. */
const LONGEST_GAP = 1_000;

/** What a read of rows by key needs. */
export interface ReadView {
  readonly source: Pick<ViewRows, 'name' | 'read'>;
  readonly settled: Pick<SettledLog, 'mark' | 'recentAfter'>;
  readonly replicas: Pick<ReadReplicas, 'read'>;
}

/**
 * Reads the rows of a key with their checkpoint: from a replica if the events that it lacks are in memory, else from
 * the primary.
 * @param writer of the view, as the primary shows it; `undefined` if it is not known
 */
export async function readRows(
  { source, settled, replicas }: ReadView,
  writer: () => string | undefined,
  key: string,
): Promise<PlacedRows> {
  const fromReplica = async (replica: DataSource): Promise<Found<PlacedRows> | undefined> => {
    const value = await source.read(key, replica);
    // A replica that shows another writer may have the rows from before a rebuild.
    if (value.writer !== writer()) return undefined;
    // The parked event may be retried or dropped by now.
    if (value.isHeldUp) return undefined;
    const isNew = settled.mark - value.position <= LONGEST_GAP;
    return isNew && settled.recentAfter(value.position, 1) !== undefined ? { value } : undefined;
  };
  return replicas.read(`rows of ${source.name}`, fromReplica, () => source.read(key));
}
