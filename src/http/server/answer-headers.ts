import type { IncomingHttpHeaders } from 'node:http';
import type { Cors } from './cors.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import { SECURE_HEADERS } from './secure-headers.js';

/** @returns the headers of an answer, from those of its request and the request's id */
export type AnswerHeaders = (request: IncomingHttpHeaders, id: string) => Readonly<Record<string, string>>;

/**
 * The headers of every answer. Answers start in three places, and each uses this: the request gate, Fastify's refusal
 * of a path that it cannot decode (no hook runs then), and bytes that are not a request.
 */
export function answerHeaders(cors: Cors): AnswerHeaders {
  return (request, id) => ({ ...SECURE_HEADERS, ...cors.headersFor(request), [REQUEST_ID_HEADER]: id });
}
