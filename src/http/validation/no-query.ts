import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/**
 * Refuses query parameters of changes: on every route, the body describes the change.
 * @throws HttpProblem `VALIDATION_FAILED`
 */
export function refuseQueryOfChange({ method, query }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  refuseFields(query, 'is not a parameter of this request', 'A change takes no query parameters.');
}

/**
 * Refuses fields in the body of a DELETE: its path names what to delete, so they would have no effect.
 * @throws HttpProblem `VALIDATION_FAILED`
 */
export function refuseBodyOfDelete({ method, body }: FastifyRequest): void {
  if (method !== 'DELETE') return;
  refuseFields(body, 'is not a field of this request', 'A DELETE takes no body.');
}

function refuseFields(sent: unknown, message: string, detail: string): void {
  const names = Object.keys(sent ?? {});
  if (names.length === 0) return;
  const errors = names.map((name) => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return { pointer, code: 'UNKNOWN_FIELD', message };
  });
  throw new HttpProblem('VALIDATION_FAILED', `${detail} See "errors".`, { errors });
}
