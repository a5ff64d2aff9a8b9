import { isDeepStrictEqual } from 'node:util';
import type { PlayedChange, Span } from './played.js';

/** Refusals that are not stored under the key. */
const NOT_KEPT = new Set(['CART_NOT_FOUND', 'UNAUTHENTICATED', 'INVALID_HEADER', 'VERSION_MISMATCH']);

/** Whether the service must store an answer under its key. */
export function isKept({ key, answer: { status, body } }: PlayedChange): boolean {
  const { code } = (body as { readonly code?: string } | undefined) ?? {};
  return key !== undefined && (status < 300 || !NOT_KEPT.has(String(code)));
}

/**
 * When the outcome of a request was decided: between the first time it was sent under its key and the first answer that
 * shows the outcome.
 */
export function decidedDuring(one: PlayedChange, all: readonly PlayedChange[]): Span {
  if (!isKept(one)) return one;
  const same = all.filter(({ key }) => key === one.key);
  return {
    sentAt: Math.min(...same.map(({ sentAt }) => sentAt)),
    answeredAt: Math.min(...same.filter(isKept).map(({ answeredAt }) => answeredAt)),
  };
}

/** Whether all requests under one key had one effect and the same answer. */
export function isRepeatedRightly(one: PlayedChange, all: readonly PlayedChange[]): boolean {
  if (!isKept(one)) return !isReplay(one);
  const kept = all.filter((other) => other.key === one.key && isKept(other));
  return (
    kept.filter((other) => !isReplay(other)).length === 1 &&
    kept.every((other) => isDeepStrictEqual(gist(other), gist(one)))
  );
}

function isReplay({ answer: { headers } }: PlayedChange): boolean {
  return headers['idempotent-replayed'] === 'true';
}

/** Notices are computed anew for each answer, and each answer has its own trace id. */
function gist({ answer: { status, body } }: PlayedChange): object {
  return { status, ...(body as object | undefined), notices: undefined, traceId: undefined };
}
