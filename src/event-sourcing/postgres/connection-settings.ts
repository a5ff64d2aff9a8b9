import { SESSION_SETTINGS } from './session-settings.js';

/** The longest wait for an answer: the other end may be gone without notice. */
const ANSWER_MS = 4_000;
/** The server gives up earlier than the driver, because its answer says more. */
const EARLIER_MS = 250;

/**
 * The connection settings of a data source, as TypeORM takes them. `options` of the URL apply unless they contradict
 * ours. They are removed from the URL, because the driver would prefer them.
 * @param max number of connections in the pool
 */
export function connectionSettings(
  wholeUrl: string,
  max = 10,
): { readonly url: string; readonly extra: object } {
  const url = new URL(wholeUrl);
  const options = [url.searchParams.get('options'), SESSION_SETTINGS].filter(Boolean).join(' ');
  url.searchParams.delete('options');
  const extra = {
    max,
    keepAlive: true,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
    statement_timeout: ANSWER_MS - EARLIER_MS,
    // The transactions of a process that was cut off end before its leases, so that others do not wait for its locks.
    idle_in_transaction_session_timeout: ANSWER_MS - EARLIER_MS,
    options,
  };
  return { url: url.href, extra };
}
