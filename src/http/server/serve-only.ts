import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/**
 * Answers 404 to every request whose path starts with none of `prefixes`, in a process that does not serve the API.
 */
export function serveOnly(fastify: FastifyInstance, prefixes: readonly string[]): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isServed = prefixes.some((prefix) => request.url.startsWith(prefix));
    done(isServed ? undefined : new HttpProblem('NOT_FOUND', 'This process serves health and metrics only.'));
  });
}
