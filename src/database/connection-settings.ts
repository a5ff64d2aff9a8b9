/** The other end may be gone without a word: no answer is waited for longer than this. */
const ANSWER_MS = 4_000;
/** The server is to give up first, as its answer says more. */
const EARLIER_MS = 250;

/**
 * What every connection of the data sources is made with, as the driver takes it.
 * @param max connections at once
 */
export function connectionSettings(max: number): object {
  return {
    max,
    keepAlive: true,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
    statement_timeout: ANSWER_MS - EARLIER_MS,
    // What a process that was cut off has begun is over before its leases are, so that it holds no lock that others wait for.
    idle_in_transaction_session_timeout: ANSWER_MS - EARLIER_MS,
    options: '-c synchronous_commit=on',
  };
}
