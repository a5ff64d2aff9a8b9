import type { FastifyInstance } from 'fastify';
import { withMessageContext } from '../event-sourcing/index.js';
import { API_PREFIX } from '../http/server/route-options.js';
import type { Access } from './access.js';
import { addressKey } from './addresses.js';
import type { Caller } from './caller.js';
import { tooMany } from './rate-limit.js';
import type { RequestCounter } from './request-counter.js';

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
 * @param counter where given, an address that has used up its share gets no more JWTs verified in its window; those that were
 *   verified before pass
 */
export function followCallers(fastify: FastifyInstance, access: Access, counter?: RequestCounter): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const go = (caller?: Caller): void => {
      if (caller !== undefined) request.caller = caller;
      const { type, id } = caller ?? NOBODY;
      const context = { correlationId: request.id, causationId: request.id, actor: { type, id } };
      withMessageContext(context, done);
    };
    // The path as it was sent may be written in another way than the route's.
    if (request.routeOptions.url?.startsWith(`/${API_PREFIX}/`) !== true) {
      go();
      return;
    }
    const known = access.recognise(request.headers);
    if (known !== undefined) {
      go(known);
      return;
    }
    if (counter?.isUsedUp(addressKey(request)) === true) {
      // `limitCallers` counts it for the address, and refuses it with the time to wait.
      request.refusal = tooMany(counter.limit, counter.limit.windowMs);
      go();
      return;
    }
    access.identify(request.headers).then(go, (reason: unknown) => {
      request.refusal = reason instanceof Error ? reason : new Error('unreadable', { cause: reason });
      go();
    });
  });
}
