import type { IncomingMessage } from 'node:http';
import { newId } from '../../event-sourcing/index.js';

/** The header with the id of a request, in requests and in answers. */
export const REQUEST_ID_HEADER = 'x-request-id';

const TAKEN_AS_IT_IS = /^[\x21-\x7e]{1,128}$/;

/**
 * @returns the caller's `X-Request-Id` when it is 1 to 128 visible ASCII characters, else a new UUID (version 7).
 *   It becomes `request.id`, the trace id of problems and the correlation id of events.
 */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const sent = request.headers[REQUEST_ID_HEADER];
  return typeof sent === 'string' && TAKEN_AS_IT_IS.test(sent) ? sent : newId();
}
