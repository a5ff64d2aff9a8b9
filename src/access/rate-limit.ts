import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problems/problem.js';
import { addressKey } from './addresses.js';
import type { RateLimit, RequestCounter } from './request-counter.js';

const MS_A_SECOND = 1_000;

/**
 * Refuses callers of the API that exceed their limit, before their bodies are read. Each process counts for itself.
 * `followCallers` comes before it in the pipeline.
 */
export function limitCallers(fastify: FastifyInstance, counter: RequestCounter): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    done(isFree(request) ? undefined : weigh(request, reply, counter));
  });
}

/** @returns the answer to a caller without requests left */
export function tooMany({ requests, windowMs }: RateLimit, waitMs: number): HttpProblem {
  const seconds = windowMs / MS_A_SECOND;
  return new HttpProblem('RATE_LIMITED', `A caller may send ${requests} requests in ${seconds} s.`, {
    headers: { 'retry-after': String(Math.ceil(waitMs / MS_A_SECOND)) },
  });
}

function weigh(
  request: FastifyRequest,
  reply: FastifyReply,
  counter: RequestCounter,
): HttpProblem | undefined {
  const { requests, windowMs } = counter.limit;
  const { remaining, resetMs, isExceeded } = counter.count(callerKey(request));
  const reset = Math.ceil(resetMs / MS_A_SECOND);
  reply.headers({
    'ratelimit-policy': `"caller";q=${requests};w=${windowMs / MS_A_SECOND}`,
    ratelimit: `"caller";r=${remaining};t=${reset}`,
    // The headers of earlier drafts, which many clients read.
    'ratelimit-limit': requests,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': reset,
  });
  return isExceeded ? tooMany(counter.limit, resetMs) : undefined;
}

/** Services are not limited. Outside of the API, callers are not identified. */
function isFree({ caller, refusal }: FastifyRequest): boolean {
  return caller === undefined ? refusal === undefined : caller.isService;
}

/** The key for counting a caller: the subject of the JWT, else the cart of a valid token, else the address. */
function callerKey(request: FastifyRequest): string {
  const { caller, params } = request;
  if (caller !== undefined && caller.id !== null) return `subject ${caller.id}`;
  const cartId = (params as { readonly cartId?: string }).cartId?.toLowerCase();
  if (cartId !== undefined && caller?.holdsTokenOf(cartId) === true) return `cart ${cartId}`;
  return addressKey(request);
}
