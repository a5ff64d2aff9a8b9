import { partitionOf } from '../subscriptions/partition.js';
import { takenUpTo, type Taken } from '../subscriptions/taken.js';
import type { KeyRows } from './key-rows.js';

/** The rows of a key, and the checkpoints of their projection in the same snapshot. */
export interface PlacedRows {
  readonly rows: KeyRows;
  /** The rows contain all events of their key up to there: the position of the checkpoint of their partition. */
  readonly position: number;
  /**
   * Identifies the writers of the view. It changes when another process takes over a partition, and when a rebuild
   * replaces the view.
   */
  readonly writer: string;
  /** Names the code of the processes that write the view; `null` if it is not known, or they have different code. */
  readonly release: string | null;
  /** Whether events of the key are parked. */
  readonly isHeldUp: boolean;
}

/** What the statement that reads rows returns of a checkpoint. */
export type CheckpointCells = readonly [
  view: number,
  position: string,
  writer: string,
  release: string | null,
  /** Those keys that were asked for and have parked events. */
  heldUp: readonly string[],
  partition: number,
  taken: Taken | null,
];

/**
 * Where the rows of a key are.
 * @param checkpoints of the projection: one, or one for each partition
 */
export function placeOf(key: string, checkpoints: readonly CheckpointCells[]): Omit<PlacedRows, 'rows'> {
  const partitions = [...checkpoints].sort(([, , , , , a], [, , , , , b]) => a - b);
  const own = partitions[partitionOf(key, partitions.length)];
  if (!own) return { position: 0, writer: '', release: null, isHeldUp: false };
  const [, position, , release, , , taken] = own;
  return {
    // Behind its checkpoint, a new partition has the events that an earlier one has handled.
    position: Math.max(Number(position), takenUpTo(taken ?? undefined, key)),
    writer: partitions.map(([, , writer]) => writer).join(', '),
    release: partitions.every(([, , , one]) => one === release) ? release : null,
    isHeldUp: partitions.some(([, , , , heldUp]) => heldUp.includes(key)),
  };
}
