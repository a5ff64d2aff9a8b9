import limiting, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from '../http/problem.js';

/** How many requests a caller may send in a stretch of time. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** More callers than that at the same time are not told apart for long: the one longest silent is forgotten. */
const CALLERS = 50_000;
const MS_A_SECOND = 1_000;

type Count = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>;

/**
 * Refuses callers of the API who send more requests than they may, before their bodies are read. What is counted is this
 * process's own. Call it after `followCallers`, and before any route is registered.
 */
export async function limitCallers(
  fastify: FastifyInstance,
  { requests, windowMs }: RateLimit,
): Promise<void> {
  await fastify.register(limiting, {
    global: false,
    max: requests,
    timeWindow: windowMs,
    cache: CALLERS,
    keyGenerator: callerKey,
  });
  const count = fastify.createRateLimit();
  const seconds = windowMs / MS_A_SECOND;
  const policy = `"caller";q=${requests};w=${seconds}`;
  const weigh = (reply: FastifyReply, counted: Count): HttpProblem | undefined => {
    if (counted.isAllowed) return undefined;
    const { remaining, ttlInSeconds, isExceeded } = counted;
    reply.headers({
      'ratelimit-policy': policy,
      ratelimit: `"caller";r=${remaining};t=${ttlInSeconds}`,
      // The fields of earlier drafts, which clients know.
      'ratelimit-limit': requests,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': ttlInSeconds,
    });
    return isExceeded ? tooMany(requests, seconds, ttlInSeconds) : undefined;
  };
  // An async hook would cost each request two promises more.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isFree(request)) {
      done();
      return;
    }
    count(request).then((counted) => {
      done(weigh(reply, counted));
    }, done);
  });
}

/** Other systems are trusted not to flood; outside of the API nobody is asked who they are. */
function isFree({ caller, refusal }: FastifyRequest): boolean {
  return caller === undefined ? refusal === undefined : caller.isService;
}

/** The subject of the JWT, else the cart that the token opens, else the address: of IPv6 the subnet that one caller has. */
function callerKey({ caller, params, ip }: FastifyRequest): string {
  if (caller !== undefined && caller.id !== null) return `subject ${caller.id}`;
  const cartId = (params as { readonly cartId?: string }).cartId?.toLowerCase();
  if (cartId !== undefined && caller?.holdsTokenOf(cartId) === true) return `cart ${cartId}`;
  return `address ${normalizeIP(ip)}`;
}

function tooMany(requests: number, seconds: number, wait: number): HttpProblem {
  return new HttpProblem('RATE_LIMITED', `A caller may send ${requests} requests in ${seconds} s.`, {
    headers: { 'retry-after': String(wait) },
  });
}
