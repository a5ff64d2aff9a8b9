import { setTimeout as pause } from 'node:timers/promises';
import type { Subject } from './subject.js';

const LOOK_MS = 200;
/** A service that does nothing still renews leases and answers its timers. */
const MOST_IDLE_MS = 20;
const PATIENCE_MS = 10_000;

/**
 * Waits until the subject and its PostgreSQL use next to no processor time, so that a measurement does not count what
 * its preparation left to do: autovacuum, the checkpointer, the garbage collector.
 * @throws Error when they are still busy after ten seconds
 */
export async function untilIdle(subject: Pick<Subject, 'name' | 'cpu'>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const before = await subject.cpu();
    await pause(LOOK_MS);
    const after = await subject.cpu();
    const [service, postgres] = [after.service - before.service, after.postgres - before.postgres].map(
      (seconds) => seconds * 1_000,
    ) as [number, number];
    // Where the system does not tell, both are NaN.
    if (!(service > MOST_IDLE_MS || postgres > MOST_IDLE_MS)) return;
    if (performance.now() > deadline) {
      const used = `service ${service.toFixed(0)} ms, PostgreSQL ${postgres.toFixed(0)} ms`;
      throw new Error(
        `${subject.name} was still busy after ${PATIENCE_MS / 1_000} s without requests: in ${LOOK_MS} ms ${used}.`,
      );
    }
  }
}
