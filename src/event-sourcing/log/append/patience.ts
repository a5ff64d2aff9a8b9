import { LogUnavailableError } from './append.js';
import { isConnectionError, sqlState } from '../../postgres/database-errors.js';

const QUERY_CANCELED = '57014';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Retries after a lost connection or a missing answer, with growing pauses.
 * @param work must be safe to repeat, because it may have taken effect before the connection was lost
 * @param patienceMs how long to retry, in milliseconds
 * @throws LogUnavailableError when the log stays unreachable; any other error of `work` at once
 */
export async function patiently<T>(work: () => Promise<T>, patienceMs: number): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionError(error) && sqlState(error) !== QUERY_CANCELED) throw error;
      if (performance.now() + pause > giveUpAt) {
        throw new LogUnavailableError('The event log cannot be reached or does not answer. Retry later.', {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
