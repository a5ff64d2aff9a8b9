import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

/**
 * Changes are asked for in bodies; a query parameter of one is an unknown field, on whichever route.
 * @throws HttpProblem `VALIDATION_FAILED`
 */
export function refuseQueryOfChange({ method, query }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  const names = Object.keys(query as object);
  if (names.length === 0) return;
  const errors = names.map((name) => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return { pointer, code: 'UNKNOWN_FIELD', message: 'is not a parameter of this request' };
  });
  throw new HttpProblem('VALIDATION_FAILED', 'A change takes no query parameters. See "errors".', { errors });
}
