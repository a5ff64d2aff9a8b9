import type { PoolConfig } from 'pg';
import { sessionOptions } from './session-settings.js';

/** The longest wait for an answer: the other end may be gone without notice. */
const ANSWER_MS = 4_000;
/** The server gives up earlier than the driver, because its answer says more. */
const EARLIER_MS = 250;

/** What an application chooses about the connections of a data source. */
export interface ConnectionChoices {
  /** Where tables are created and found. By default it is where the role and the database say. */
  readonly schema?: string;
  /** Number of connections at once; 10 by default. */
  readonly poolSize?: number;
}

/** The connection settings of a data source, as TypeORM takes them. */
export interface ConnectionSettings {
  /** The URL without `options`. */
  readonly url: string;
  /** Settings of the connection pool. */
  readonly extra: PoolConfig;
}

/**
 * Makes the connection settings of a data source. `options` of the URL apply unless they contradict ours. They are
 * removed from the URL, because the driver would prefer them.
 */
export function connectionSettings(
  wholeUrl: string,
  { schema, poolSize = 10 }: ConnectionChoices = {},
): ConnectionSettings {
  const url = new URL(wholeUrl);
  const path = schema === undefined ? undefined : `-c search_path=${schema}`;
  const own = url.searchParams.get('options') ?? undefined;
  const options = [sessionOptions(own), path].filter(Boolean).join(' ');
  url.searchParams.delete('options');
  const extra = {
    max: poolSize,
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
