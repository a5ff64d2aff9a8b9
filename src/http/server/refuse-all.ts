import type { FastifyInstance } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { API_PREFIX } from './route-options.js';

/** Seconds after which a caller may look again. Nothing changes before an operator acts. */
const RETRY_AFTER = '60';

/**
 * Answers 503 to every request of the API while there is a reason. Health and metrics are still served.
 * @param reason a sentence for callers; `undefined` while there is none
 * @param except paths that are served nevertheless
 */
export function refuseAll(
  fastify: FastifyInstance,
  reason: () => string | undefined,
  except: readonly string[],
): void {
  fastify.addHook('onRequest', ({ routeOptions: { url = '' } }, _reply, done) => {
    const detail = reason();
    const isRefused =
      detail !== undefined &&
      url.startsWith(`/${API_PREFIX}/`) &&
      !except.some((path) => url.startsWith(`/${API_PREFIX}/${path}`));
    done(
      isRefused
        ? new HttpProblem('OVERLOADED', detail, { headers: { 'retry-after': RETRY_AFTER } })
        : undefined,
    );
  });
}
