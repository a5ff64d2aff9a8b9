import type { EntityManager } from 'typeorm';
import { createPartitions } from '../subscriptions/create-rows.js';
import { MOST_PARTITIONS, partitionName, partitionOf } from '../subscriptions/partition.js';
import { takenBy, type PartitionPlace } from '../subscriptions/taken.js';
import { StoredHandlerError } from './stored-handler-error.js';
import * as sql from './stored-partitions.sql.js';

/** A checkpoint that is being changed. */
export interface SplitHandler {
  readonly kind: string | null;
  readonly partitions: number;
  /** Whether its views have rows that it has not written. */
  readonly hasOldRows: boolean;
}

interface FoundPlace extends PartitionPlace {
  readonly name: string;
  readonly eventId: string | null;
}

/**
 * Changes the number of partitions of a handler, in a transaction that has locked its checkpoint. The new partitions
 * begin where the last of the present ones is, and skip what the others have handled.
 * @throws StoredHandlerError for a handler that cannot be split
 */
export async function changePartitions(
  manager: EntityManager,
  name: string,
  found: SplitHandler,
  count: number,
): Promise<void> {
  if (found.partitions === count) return;
  await refuse(manager, name, found, count);
  const places: FoundPlace[] = await manager.query(sql.LOCK_PLACES, [name]);
  const [last] = [...places].sort((a, b) => a.position - b.position);
  if (!last) throw new Error(`The partitions of "${name}" are missing. Remove the handler.`);
  const taken = takenBy(places, last.position);
  await manager.query(sql.DROP_PARTITIONS, [name]);
  const toSkip = count === 1 && taken ? JSON.stringify(taken) : null;
  await manager.query(sql.PLACE, [name, last.position, last.eventId, count, toSkip]);
  await createPartitions(manager, name, count, taken);
  const before = places.map((place) => place.name);
  await moveParkedEvents(manager, before, (key) =>
    partitionName(name, { index: partitionOf(key, count), count }),
  );
}

async function refuse(
  manager: EntityManager,
  name: string,
  { kind, hasOldRows }: SplitHandler,
  count: number,
): Promise<void> {
  if (count > MOST_PARTITIONS || count < 1)
    throw new StoredHandlerError(`"${name}" can have 1 to ${MOST_PARTITIONS} partitions, not ${count}.`);
  if (kind === null) {
    throw new StoredHandlerError(
      `It is not known what "${name}" is, because no process with this handler has started since the migration. ` +
        'Start one first.',
    );
  }
  if (kind === 'saga') throw new StoredHandlerError(`"${name}" is a saga. Sagas cannot be split.`);
  if (hasOldRows) throw new StoredHandlerError(`The view of "${name}" has old rows. Clear it first.`);
  const old: unknown[] = await manager.query(sql.OLDER_MEMBERS, [name]);
  if (old.length > 0) {
    throw new StoredHandlerError(
      `A running process of an older release has "${name}" and does not know partitions. Finish the deployment first.`,
    );
  }
}

/**
 * A parked event waits in the partition of its key.
 * @param before names of the present partitions
 * @param partitionFor the name of the new partition of a key
 */
async function moveParkedEvents(
  manager: EntityManager,
  before: readonly string[],
  partitionFor: (key: string) => string,
): Promise<void> {
  const parked: { handler: string; key: string }[] = await manager.query(sql.PARKED_KEYS, [before]);
  await manager.query(sql.MOVE_PARKED_EVENTS, [
    parked.map(({ handler }) => handler),
    parked.map(({ key }) => key),
    parked.map(({ key }) => partitionFor(key)),
  ]);
}
