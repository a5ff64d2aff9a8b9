import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** Names of path parameters that hold an id. */
const ID = /^id$|Id$/;

/**
 * Identifies a request by its method, path, query and parsed body. The order of keys does not matter. Conditions
 * (`If-Match`) and preferences (`Prefer`) are not part of it: they say when to act and how to answer, not what to do. A
 * caller who repeats the request may know a newer version.
 * @returns 64 hexadecimal characters
 */
export function requestFingerprint(request: FastifyRequest): string {
  const { method, query, body } = request;
  const text = JSON.stringify([method, resourceOf(request), query, body], inOrder);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * @returns the path of a request in one form, however it was encoded. Ids are compared without case, names with case.
 */
export function resourceOf({ routeOptions, params }: FastifyRequest): string {
  const parts = Object.entries(params as Record<string, string>).map(([name, value]) => [
    name,
    ID.test(name) ? value.toLowerCase() : value,
  ]);
  return JSON.stringify([routeOptions.url, Object.fromEntries(parts)], inOrder);
}

/** Lets `JSON.stringify` write objects with sorted keys. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
