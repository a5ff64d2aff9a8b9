import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** What parameters of a path are called that hold an id. */
const ID = /^id$|Id$/;

/**
 * What tells a request from another one: its method, path, query and body as they were understood, in whatever order the keys came.
 * Conditions (`If-Match`) and wishes for the answer (`Prefer`) are no part of it: they say when to do something and how to tell of it,
 * not what; who asks again may know a newer version by then.
 * @returns 64 hexadecimal characters
 */
export function requestFingerprint(request: FastifyRequest): string {
  const { method, query, body } = request;
  const text = JSON.stringify([method, resourceOf(request), query, body], inOrder);
  return createHash('sha256').update(text).digest('hex');
}

/** @returns what stands for the path of a request, however its characters were written: ids are the same in either case, names are not */
export function resourceOf({ routeOptions, params }: FastifyRequest): string {
  const parts = Object.entries(params as Record<string, string>).map(([name, value]) => [
    name,
    ID.test(name) ? value.toLowerCase() : value,
  ]);
  return JSON.stringify([routeOptions.url, Object.fromEntries(parts)], inOrder);
}

/** Has `JSON.stringify` write objects with their keys in order. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
