/** The other end may be gone without a word: no answer is waited for longer than this. */
const ANSWER_MS = 4_000;
/** The server is to give up first, as its answer says more. */
const EARLIER_MS = 250;

/** Whatever the server or the role has set. */
const SETTINGS = '-c synchronous_commit=on -c default_transaction_isolation=read\\ committed';

/**
 * What every connection of the data sources is made with, as TypeORM takes it. `options` of the URL hold as far as they do not contradict ours; they are
 * taken out of it, as the driver would otherwise prefer them.
 * @param max connections at once
 */
export function connectionSettings(
  wholeUrl: string,
  max: number,
): { readonly url: string; readonly extra: object } {
  const url = new URL(wholeUrl);
  const options = [url.searchParams.get('options'), SETTINGS].filter(Boolean).join(' ');
  url.searchParams.delete('options');
  const extra = {
    max,
    keepAlive: true,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
    statement_timeout: ANSWER_MS - EARLIER_MS,
    // What a process that was cut off has begun is over before its leases are, so that it holds no lock that others wait for.
    idle_in_transaction_session_timeout: ANSWER_MS - EARLIER_MS,
    options,
  };
  return { url: url.href, extra };
}
