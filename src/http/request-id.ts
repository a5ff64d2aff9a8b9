import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { v7 } from 'uuid';

/** The header that carries the id of a request, both ways. */
export const REQUEST_ID_HEADER = 'x-request-id';

const TAKEN_AS_IT_IS = /^[\x21-\x7e]{1,128}$/;
const BYTES_PER_ID = 16;

// Asking the system for 16 random bytes a request costs ten times as much as the rest of an id.
const pool = new Uint8Array(BYTES_PER_ID * 256);
let used = pool.length;

/**
 * @returns the caller's `X-Request-Id` when it is 1 to 128 visible ASCII characters, else a new UUID (version 7).
 *   It becomes `request.id`, the trace id of problems and the correlation id of events.
 */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const sent = request.headers[REQUEST_ID_HEADER];
  return typeof sent === 'string' && TAKEN_AS_IT_IS.test(sent) ? sent : newRequestId();
}

/** @returns an id for a request that has none: a UUID, version 7 */
export function newRequestId(): string {
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
