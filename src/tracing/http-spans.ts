import type { FastifyInstance, FastifyRequest } from 'fastify';
import { within, type Span, type Tracing } from '../event-sourcing/index.js';
import { API_PREFIX } from '../http/server/route-options.js';

const SERVER_ERROR = 500;

/**
 * Records a span for each request to a route of the API, from its headers until its answer is sent. It continues the
 * trace that the caller's `traceparent` names. It holds the route but not the path, which has ids, no headers and no
 * query.
 * @returns a step that precedes all others of the pipeline
 */
export function traceRequests(tracing: Tracing): (fastify: FastifyInstance) => void {
  return (fastify) => {
    const spans = new WeakMap<FastifyRequest, Span>();
    fastify.addHook('onRequest', (request, _reply, done) => {
      const { method, headers, routeOptions } = request;
      const { url } = routeOptions;
      if (url?.startsWith(`/${API_PREFIX}/`) !== true) {
        done();
        return;
      }
      const { traceparent } = headers;
      const span = tracing.begin({
        name: `${method} ${url}`,
        kind: 'server',
        parent: typeof traceparent === 'string' ? traceparent : null,
        attributes: { 'http.request.method': method, 'http.route': url },
      });
      spans.set(request, span);
      within(span, done);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      const span = spans.get(request);
      span?.describe({ 'http.response.status_code': reply.statusCode });
      span?.end(reply.statusCode >= SERVER_ERROR ? new ServerError() : undefined);
      done();
    });
  };
}

/** The answer has a status of 500 or above. */
class ServerError extends Error {}
