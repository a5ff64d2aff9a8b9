/** What the promise of durability, and the order of the log, need of every connection. */
const SETTINGS = '-c synchronous_commit=on -c default_transaction_isolation=read\\ committed';

/**
 * @param url of a database
 * @returns the same with the settings in it that hold whatever the server, the role or the URL itself says: the driver prefers `options` of the URL to
 *   any that it is given beside it, and PostgreSQL takes the last of each
 */
export function withSettings(url: string): string {
  const whole = new URL(url);
  whole.searchParams.set('options', [whole.searchParams.get('options'), SETTINGS].filter(Boolean).join(' '));
  return whole.href;
}
