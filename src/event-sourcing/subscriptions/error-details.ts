/** What a log line says of an error: where it comes from, where that is known. */
export function errorDetails(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
