/**
 * Settings that every connection needs, whatever the server and the role have set: durability depends on the first
 * one, the order of the log on the second one. As a value of the connection parameter `options`.
 */
export const SESSION_SETTINGS = '-c synchronous_commit=on -c default_transaction_isolation=read\\ committed';

/**
 * @param url of a database
 * @returns the URL with the settings in its `options`. They go there because the driver prefers the `options` of the
 *   URL, and last because PostgreSQL uses the last value of each setting.
 */
export function withSettings(url: string): string {
  const whole = new URL(url);
  const options = [whole.searchParams.get('options'), SESSION_SETTINGS].filter(Boolean).join(' ');
  whole.searchParams.set('options', options);
  return whole.href;
}
