const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
/** pg-pool says so when no connection became free in time. One that cannot be made fails with other words. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';
const DRIVER_MESSAGES = [
  'connection terminated',
  'connection ended',
  POOL_EXHAUSTED,
  'timeout expired',
  'query read timeout',
  'client was closed',
  'not queryable',
  // TypeORM releases the query runner of a lost connection, and refuses its next statement.
  'query runner already released',
];

/** PostgreSQL's five-character error code, `undefined` for other errors. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether an append failed because another append has stored an event with one of its ids. */
export function isEventIdTaken(error: unknown): boolean {
  return sqlState(error) === '23505' && (error as { constraint?: unknown }).constraint === 'event_log_id_key';
}

/** Whether all connections of a pool were in use for too long. The server may be sound. */
export function isPoolExhausted(error: unknown): boolean {
  return error instanceof Error && error.message === POOL_EXHAUSTED;
}

/**
 * Whether the connection was lost or could not be made. Then it is unknown whether the statement took effect. These are
 * class 08 and the codes with which a server dismisses clients (57P01 to 57P03, 25P03, 25P04, 53300).
 */
export function isConnectionError(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && SOCKET_ERRORS.has(code)) return true;
  const state = sqlState(error);
  if (state !== undefined) return /^(08...|57P0[1-3]|25P0[34]|53300)$/.test(state);
  if (typeof message !== 'string') return false;
  const text = message.toLowerCase();
  return DRIVER_MESSAGES.some((known) => text.includes(known));
}
