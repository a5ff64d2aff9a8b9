import type { FastifyInstance } from 'fastify';
import { withMessageContext } from '../event-sourcing/index.js';
import { API_PREFIX } from '../http/route-options.js';
import type { Access } from './access.js';
import type { Caller } from './caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends a request to the API; nobody elsewhere, and where the credentials are bad. */
    caller?: Caller;
    /** What bad credentials are answered with. */
    refusal?: Error;
  }
}

const NOBODY = { type: 'guest', id: null };

/**
 * Finds out who sends each request to the API, before its body is read, and lets the events that it leads to carry that and the
 * request's id. What is wrong with credentials is kept for `AccessGuard`: other faults of a request are told first.
 */
export function followCallers(fastify: FastifyInstance, access: Access): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const go = (): void => {
      const { type, id } = request.caller ?? NOBODY;
      const context = { correlationId: request.id, causationId: request.id, actor: { type, id } };
      withMessageContext(context, done);
    };
    // The path as it was sent may be written in another way than the route's.
    if (request.routeOptions.url?.startsWith(`/${API_PREFIX}/`) !== true) {
      go();
      return;
    }
    const caller = access.identify(request.headers);
    if (!(caller instanceof Promise)) {
      request.caller = caller;
      go();
      return;
    }
    caller.then(
      (known) => {
        request.caller = known;
        go();
      },
      (reason: unknown) => {
        request.refusal = reason instanceof Error ? reason : new Error('unreadable', { cause: reason });
        go();
      },
    );
  });
}
