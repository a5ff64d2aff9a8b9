import type { EntityManager } from 'typeorm';
import { CREATE, CREATE_PARTITIONS, DESCRIBE, IS_OF } from './checkpoint.sql.js';
import type { LogPlace } from './held-checkpoint.js';
import { partitionName, partitionsOf } from './partition.js';
import type { SubscriptionKind } from './subscription-options.js';
import type { Taken } from './taken.js';

/** The subscription that a checkpoint belongs to. */
export interface CheckpointOwner {
  readonly name: string;
  readonly kind: SubscriptionKind;
  /** The tables of a projection, quoted if need be. */
  readonly views?: readonly string[];
  /** Number of partitions; 1 by default. */
  readonly partitions?: number | undefined;
}

/** Where new checkpoints begin. */
export interface CheckpointStart extends LogPlace {
  readonly logId: string;
  /** The position at which the views of the projections are filled for the first time. */
  readonly fillUntil: number;
}

/** Creates the rows of checkpoints that do not exist yet, within a transaction. */
export async function createRows(
  manager: EntityManager,
  owners: readonly CheckpointOwner[],
  { position, eventId, logId, fillUntil }: CheckpointStart,
): Promise<void> {
  // Another process that creates the same checkpoints waits here for the end of the transaction, so rows that are
  // found in views are older.
  const created: { name: string }[] = await manager.query(CREATE, [
    owners.map(({ name }) => name),
    owners.map(({ partitions = 1 }) => partitions),
    ...[position, eventId, logId, fillUntil],
  ]);
  for (const { name, kind, views, partitions = 1 } of owners) {
    const isNew = created.some((one) => one.name === name);
    if (isNew) await createPartitions(manager, name, partitions);
    await manager.query(DESCRIBE, [name, kind, views]);
    if (!views || !isNew) continue;
    const haveRows = views.map((view) => `EXISTS (SELECT FROM ${view})`).join(' OR ');
    await manager.query(
      `UPDATE checkpoint SET has_old_rows = ${haveRows} WHERE ${IS_OF('$1')} AND partitions = 1`,
      [name],
    );
  }
}

/**
 * Creates the rows of the partitions of a handler, at its checkpoint.
 * @param taken what earlier partitions have handled behind it
 */
export async function createPartitions(
  manager: EntityManager,
  name: string,
  count: number,
  taken?: Taken,
): Promise<void> {
  if (count === 1) return;
  const partitions = partitionsOf(count);
  await manager.query(CREATE_PARTITIONS, [
    name,
    partitions.map((partition) => partitionName(name, partition)),
    partitions.map(({ index }) => index),
    taken && JSON.stringify(taken),
  ]);
}
