import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES_PER_ID = 16;

// Asking the system for 16 random bytes an id costs ten times as much as the rest of it.
const pool = new Uint8Array(BYTES_PER_ID * 256);
let used = pool.length;

/** @returns a new UUID, version 7: those made later sort later, so indices grow at their end */
export function newId(): string {
  return v7({ rng: nextBytes });
}

function nextBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES_PER_ID;
  return pool.subarray(used - BYTES_PER_ID, used);
}
