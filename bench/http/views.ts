import { setTimeout as pause } from 'node:timers/promises';
import { get, succeeded, unexpected, withConnections, type HttpConnection } from './http-connection.js';
import { ADMIN } from './shop.js';

const POLL_MS = 15;
/** A view may have a million events to come up with. */
const PATIENCE_MS = 1_800_000;
const OVERLOADED = 503;

/** How far a projection, handler or saga is, as `GET /v1/projections` tells it. */
interface Progress {
  readonly name: string;
  readonly kind: string;
  readonly position: number;
  readonly head: number;
  readonly lag: number;
}

/**
 * Asks the service how far its projections, handlers and sagas are.
 * @returns undefined when it is too busy to tell
 */
async function progressOf(connection: HttpConnection): Promise<Progress[] | undefined> {
  const request = get('/v1/projections', ADMIN);
  const answer = await connection.exchange(request);
  if (answer.status === OVERLOADED) return undefined;
  if (!succeeded(answer)) throw unexpected(request, answer);
  return JSON.parse(answer.body) as Progress[];
}

/**
 * Waits until everything that follows the log is at its end. The head has to stay where it is from one look to the
 * next, since events that were just appended may not have settled.
 */
export async function untilViewsAreCurrent(origin: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  await withConnections(origin, 1, async ([connection]) => {
    if (connection === undefined) return;
    let last: number | undefined;
    for (;;) {
      const progress = await progressOf(connection);
      const behind = progress?.filter(({ lag }) => lag > 0) ?? [];
      const head = progress?.[0]?.head;
      if (progress && behind.length === 0 && head === last) return;
      last = head;
      if (performance.now() > deadline) {
        const names = behind.map(({ name, lag }) => `${name} by ${lag}`).join(', ');
        throw new Error(`Views were still behind after ${PATIENCE_MS / 1_000} s: ${names}.`);
      }
      await pause(POLL_MS);
    }
  });
}
