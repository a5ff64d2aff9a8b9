const LONGEST_TEXT = 2_000;

/** An error as a log line shows it: with its stack if it has one. */
export function errorDetails(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** An error as it is stored: at most 2,000 characters. */
export function errorText(error: unknown): string {
  const text = errorDetails(error);
  // PostgreSQL stores no NUL.
  return text.replaceAll('\0', '').slice(0, LONGEST_TEXT);
}
