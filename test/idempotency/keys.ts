import { randomUUID } from 'node:crypto';
import type { Answer, Headers } from '../support/http-client.js';

/** The header that names a request; a fresh key unless given. */
export const keyed = (key: string = randomUUID()): Headers => ({ 'idempotency-key': key });

/**
 * What must be the same of an answer and of its repeat. What a repeat says of itself is left out, and what belongs to
 * one exchange.
 */
export function gist({ status, headers, body }: Answer): object {
  const { location, etag, 'preference-applied': applied } = headers;
  return { status, location, etag, applied, body: withoutTrace(body) };
}

export const isReplayed = ({ headers }: Answer): boolean => headers['idempotent-replayed'] === 'true';

function withoutTrace(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('traceId' in body)) return body;
  return { ...body, traceId: '' };
}

/** The one whose turn it is. */
export function inTurn<T>(all: readonly T[], turn: number): T {
  const one = all[turn % all.length];
  if (one === undefined) throw new Error('There is nobody.');
  return one;
}
