import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES_PER_ID = 16;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// Requesting 16 random bytes for each id costs ten times as much as everything else.
const pool = new Uint8Array(BYTES_PER_ID * 256);
let used = pool.length;

/** @returns a new UUID of version 7. Later ids sort after earlier ones, so indexes grow at their end. */
export function newId(): string {
  return v7({ rng: nextBytes });
}

/** Whether a text is a UUID, of any version. PostgreSQL refuses other texts with an error. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function nextBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES_PER_ID;
  return pool.subarray(used - BYTES_PER_ID, used);
}
