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
    /** The caller of a request to the API. Undefined elsewhere, and if the credentials are invalid. */
    caller?: Caller;
    /** The error that `AccessGuard` throws for invalid credentials. */
    refusal?: Error;
  }
}

const NOBODY = { type: 'guest', id: null };

/**
 * Identifies the caller of each request to the API before the body is read. The events of the request store the caller
 * and the request's id. `AccessGuard` refuses invalid credentials later, because other faults of a request come first.
 * @param counter if given, an address that has used up its requests gets no more JWTs verified; JWTs that were verified
 *   before are still accepted
 */
export function followCallers(fastify: FastifyInstance, access: Access, counter?: RequestCounter): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const go = (caller?: Caller): void => {
      if (caller !== undefined) request.caller = caller;
      const { type, id } = caller ?? NOBODY;
      const context = { correlationId: request.id, causationId: request.id, actor: { type, id } };
      withMessageContext(context, done);
    };
    // The request may encode its path differently, so the route decides whether it belongs to the API.
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
      // `limitCallers` counts the request for the address, and answers with the time to wait.
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
