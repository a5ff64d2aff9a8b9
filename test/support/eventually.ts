import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const POLL_MS = 10;

/**
 * Reads until what is read is as it should be.
 * @param what is waited for, for the error
 * @returns what was read last
 * @throws Error after thirty seconds
 */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  isThere: (found: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await read();
    if (isThere(found)) return found;
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain for ${what}; the last look gave ${JSON.stringify(found)}.`);
    }
    await pause(POLL_MS);
  }
}
