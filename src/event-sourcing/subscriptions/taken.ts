import { partitionOf } from './partition.js';

/**
 * How far earlier partitions of a handler have handled their keys: a list for each earlier number of partitions, with
 * the position of each partition at its index.
 */
export type Taken = readonly (readonly number[])[];

/** The position up to which all events of a key were handled by earlier partitions; 0 if there were none. */
export function takenUpTo(taken: Taken | undefined, key: string): number {
  let position = 0;
  for (const positions of taken ?? [])
    position = Math.max(position, positions[partitionOf(key, positions.length)] ?? 0);
  return position;
}

/** After this position, earlier partitions have handled no event. */
export function endOfTaken(taken: Taken | undefined): number {
  return Math.max(0, ...(taken ?? []).flat());
}

/** Where a partition stands. */
export interface PartitionPlace {
  readonly position: number;
  readonly taken?: Taken | undefined;
}

/**
 * What the partitions of a handler have taken, for those that follow them and begin at `start`.
 * @param places of the partitions, in the order of their indexes
 * @returns `undefined` if they have taken nothing after `start`
 */
export function takenBy(places: readonly PartitionPlace[], start: number): Taken | undefined {
  const lists = [
    ...places.flatMap(({ taken }) => taken ?? []),
    places.map(({ position }) => position),
  ].filter((positions) => positions.some((position) => position > start));
  const distinct = new Map(lists.map((positions) => [positions.join(), positions]));
  return distinct.size > 0 ? [...distinct.values()] : undefined;
}
