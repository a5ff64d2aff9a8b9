const BROKEN = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether a connection broke: what becomes of clients of a process that is killed. */
export function isBroken(error: unknown): boolean {
  return BROKEN.has(String((error as { code?: unknown }).code));
}
