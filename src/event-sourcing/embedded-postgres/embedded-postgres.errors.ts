import { types } from 'node:util';

/** The embedded PostgreSQL cannot be used. The message is one line that says what happened and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

// `isNativeError` instead of `instanceof`: under jest, errors of Node come from another realm.

/** The reason of a failure in a few words, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  // A connection to a name with several addresses fails with an AggregateError, whose own message is empty.
  const message = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return message.replaceAll(/\s*\n\s*/g, ' ');
}

/** Whether this is a system error with one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return types.isNativeError(error) && 'code' in error && codes.includes(String(error.code));
}
