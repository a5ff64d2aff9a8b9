import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

/** Longer headers are not negotiated: each media range costs time, and no real client sends so many. */
const MAX_LENGTH = 1_024;
const EMPTY = /^[\s,]*$/;

/** Clients send few different headers, and parsing one can take longer than serving the request. */
const known = new LRUCache<string, boolean>({ max: 500 });

/**
 * Whether a caller accepts a media type (RFC 9110, 12.5.1).
 * @param accept the `Accept` header; absent, empty or over 1,024 characters it means anything
 * @param mediaType in lower case, without parameters; it is sent in UTF-8
 */
export function isAcceptable(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined || accept.length > MAX_LENGTH || EMPTY.test(accept)) return true;
  const key = `${mediaType} ${accept}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const result = negotiate(accept, mediaType);
  known.set(key, result);
  return result;
}

function negotiate(accept: string, mediaType: string): boolean {
  const negotiator = new Negotiator({ headers: { accept } });
  if (negotiator.mediaTypes([`${mediaType}; charset=utf-8`]).length > 0) return true;
  // A caller who names the type gets it, also with unknown parameters: JSON has none.
  return negotiator.mediaTypes().some((range) => range.toLowerCase() === mediaType);
}
