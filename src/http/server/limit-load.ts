import { isPromise } from 'node:util/types';
import type { FastifyInstance, FastifyReply, RouteHandlerMethod, RouteOptions } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { API_PREFIX } from './route-options.js';

/** What a process takes on at the same time. */
export interface LoadLimits {
  /** Changes that may be worked on at the same time, from the controller to the answer. */
  readonly maxWaitingCommands: number;
  /** Milliseconds that an answer may take, from the moment at which the request is there. */
  readonly answerTimeout: number;
}

const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE'];
const LATE =
  'The answer was not ready in time. A change that was asked for may or may not have been made, and may still be.';

/**
 * Bounds the changes that wait for the log: what is beyond is refused at once, before its body is read if that can be, so that
 * those that are in get through. Has an answer that takes too long replaced by a refusal. Call it before any route is registered.
 */
export function limitLoad(fastify: FastifyInstance, limits: LoadLimits): void {
  const queue = new BoundedQueue(limits.maxWaitingCommands);
  fastify.addHook('onRequest', ({ method, routeOptions }, _reply, done) => {
    done(queue.isFull && isChange(method, routeOptions.url) ? overloaded() : undefined);
  });
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(`/${API_PREFIX}/`)) return;
    route.handler = limited(route.handler, limits.answerTimeout, changes(route) ? queue : undefined);
  });
}

function changes({ method, url }: RouteOptions): boolean {
  return [method].flat().some((one) => isChange(one, url));
}

function isChange(method: string, url: string | undefined): boolean {
  return CHANGES.includes(method) && url?.startsWith(`/${API_PREFIX}/`) === true;
}

/** Counts what is worked on. A place is given back when the work is over, also when nobody waits for its answer any more. */
class BoundedQueue {
  private size = 0;

  constructor(private readonly limit: number) {}

  get isFull(): boolean {
    return this.size >= this.limit;
  }

  enter(): void {
    // Many may have come while there was room, and have had their bodies read since.
    if (this.isFull) throw overloaded();
    this.size++;
  }

  leave(): void {
    this.size--;
  }
}

/** A stream is answered as soon as it is open, so it may go on. One promise for both limits: each costs every request. */
function limited(
  handler: RouteHandlerMethod,
  ms: number,
  queue: BoundedQueue | undefined,
): RouteHandlerMethod {
  return function (request, reply) {
    queue?.enter();
    const timer = setTimeout(giveUp, ms, reply);
    const leave = (): void => {
      clearTimeout(timer);
      queue?.leave();
    };
    try {
      const answer: unknown = handler.call(this, request, reply);
      if (isPromise(answer)) answer.then(leave, leave);
      else leave();
      return answer;
    } catch (error) {
      leave();
      throw error;
    }
  };
}

function giveUp(reply: FastifyReply): void {
  if (!reply.sent) reply.send(new HttpProblem('OVERLOADED', LATE));
}

function overloaded(): HttpProblem {
  return new HttpProblem('OVERLOADED', 'Too many changes are being made at the moment. Nothing was changed.');
}
