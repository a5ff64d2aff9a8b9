import { isPromise } from 'node:util/types';
import type { FastifyInstance, FastifyReply, RouteHandlerMethod, RouteOptions } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { API_PREFIX } from './route-options.js';

/** The limits of a process. */
export interface LoadLimits {
  /** Changes in progress at the same time, from the controller to the answer. */
  readonly maxWaitingCommands: number;
  /** Milliseconds for an answer, from the arrival of the whole request. */
  readonly answerTimeout: number;
}

const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE'];
const LATE =
  'The answer was not ready in time. A change that was asked for may or may not have been made, and may still be.';

/**
 * Bounds the changes that wait for the log. Further ones are refused at once, if possible before their bodies are read,
 * so that the accepted ones get through. An answer that takes too long is replaced by a refusal.
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

/**
 * Counts the changes in progress. A place becomes free when the work ends, even if nobody waits for its answer any
 * more.
 */
class BoundedQueue {
  private size = 0;

  constructor(private readonly limit: number) {}

  get isFull(): boolean {
    return this.size >= this.limit;
  }

  enter(): void {
    // It may have filled up while the body of this request was read.
    if (this.isFull) throw overloaded();
    this.size++;
  }

  leave(): void {
    this.size--;
  }
}

/**
 * Applies both limits with one promise, because each promise costs every request. The handler of a live stream returns
 * when the stream is open, so the stream is not cut off.
 */
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
