import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/**
 * Changes are asked for in bodies; a query parameter of one is an unknown field, on whichever route.
 * @throws HttpProblem `VALIDATION_FAILED`
 */
export function refuseQueryOfChange({ method, query }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  refuseFields(query, 'is not a parameter of this request', 'A change takes no query parameters.');
}

/**
 * A DELETE says by its path what is to go, so every field of its body is an unknown one: what was meant by it would not be done.
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
