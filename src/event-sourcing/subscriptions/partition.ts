import { murmur2 } from './murmur2.js';

/** A handler cannot have more partitions than this. */
export const MOST_PARTITIONS = 64;

/** One of the parts into which the keys of a handler are divided. */
export interface Partition {
  /** From 0 to `count - 1`. */
  readonly index: number;
  /** Number of partitions of the handler. */
  readonly count: number;
}

/** The only partition of a handler that is not split. */
export const WHOLE: Partition = { index: 0, count: 1 };

const POSITIVE = 0x7fffffff;
/** A longer key gets a buffer of its own. */
const SCRATCH_BYTES = 1_024;
const MOST_BYTES_A_CHARACTER = 3;
const scratch = Buffer.alloc(SCRATCH_BYTES);

/** All partitions of a handler. */
export function partitionsOf(count: number): Partition[] {
  return Array.from({ length: count }, (_, index) => ({ index, count }));
}

/**
 * The partition of a key: `murmur2` of its UTF-8 bytes without the sign bit, modulo the number of partitions. Apache
 * Kafka's Java client chooses the partition of a record in the same way. This must never change, because checkpoints
 * depend on it.
 */
export function partitionOf(key: string | Buffer, count: number): number {
  if (count === 1) return 0;
  const fits = typeof key === 'string' && key.length * MOST_BYTES_A_CHARACTER <= SCRATCH_BYTES;
  const bytes = fits ? scratch : Buffer.from(key);
  const length = fits ? scratch.write(key) : bytes.length;
  return (murmur2(bytes, length) & POSITIVE) % count;
}

/**
 * The name under which the checkpoint and the parked events of a partition are stored. It contains the number of
 * partitions, so a process that still counts on another number finds no checkpoint.
 */
export function partitionName(handler: string, { index, count }: Partition): string {
  return count === 1 ? handler : `${handler}/${index}of${count}`;
}

/** @throws Error for a name that is reserved for partitions, or a number of partitions that is not possible */
export function checkPartitions(handler: string, partitions = 1): void {
  if (/\/\d+of\d+$/.test(handler))
    throw new Error(`"${handler}" cannot be the name of a handler: such names are reserved for partitions.`);
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS)
    throw new Error(
      `"${handler}" asks for ${partitions} partitions. Give a whole number from 1 to ${MOST_PARTITIONS}.`,
    );
}
