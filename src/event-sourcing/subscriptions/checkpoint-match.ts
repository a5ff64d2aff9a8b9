import type { SettledLog } from '../log/settled/settled-log.js';
import type { LogPlace } from './held-checkpoint.js';

/** What a checkpoint says about its log. */
export interface StoredPlace extends LogPlace {
  readonly name: string;
  readonly logId: string;
}

/** A checkpoint that does not match the log, and why. */
export interface Mismatch {
  readonly name: string;
  /** A sentence. */
  readonly reason: string;
}

/** Finds checkpoints that belong to another log, or to another time of this log. */
export async function findMismatches(
  settled: Pick<SettledLog, 'identity' | 'idsAt'>,
  places: readonly StoredPlace[],
): Promise<Mismatch[]> {
  const ids = await settled.idsAt(places.map(({ position }) => position));
  return places.flatMap(({ name, logId, position, eventId }): Mismatch[] => {
    if (logId !== settled.identity)
      return [{ name, reason: `The checkpoint of "${name}" belongs to another event log.` }];
    if (position === 0 || ids.get(position) === eventId) return [];
    const found = `another event, or none, stands at position ${position}`;
    return [{ name, reason: `The checkpoint of "${name}" does not match the log: ${found}.` }];
  });
}
