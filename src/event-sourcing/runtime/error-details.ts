const LONGEST_TEXT = 2_000;

/** What a log line says of an error: where it comes from, where that is known. */
export function errorDetails(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What is written down of an error: enough to know it again. */
export function errorText(error: unknown): string {
  const text = errorDetails(error);
  // PostgreSQL stores no NUL.
  return text.replaceAll('\0', '').slice(0, LONGEST_TEXT);
}
