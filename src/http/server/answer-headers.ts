import type { IncomingHttpHeaders } from 'node:http';
import type { Cors } from './cors.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import { SECURE_HEADERS } from './secure-headers.js';

/** @returns the headers of an answer, from those of its request and the request's id */
export type AnswerHeaders = (request: IncomingHttpHeaders, id: string) => Readonly<Record<string, string>>;

/**
 * The headers that every answer of the server has. Answers begin at three places, and each asks here: the request gate, Fastify's
 * refusals of a path that it cannot decode (no hook runs then), and bytes that are no request.
 */
export function answerHeaders(cors: Cors): AnswerHeaders {
  return (request, id) => ({ ...SECURE_HEADERS, ...cors.headersFor(request), [REQUEST_ID_HEADER]: id });
}
