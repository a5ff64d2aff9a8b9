import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAcceptable } from './accept.js';
import type { AnswerHeaders } from './answer-headers.js';
import type { Cors } from './cors.js';
import { HttpProblem } from '../problems/problem.js';
import { API_PREFIX } from './route-options.js';

const HOST = 'host';
const AUTHORIZATION = 'authorization';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Checks every request before its body is read. It sets the headers of every answer, answers preflights, and refuses
 * with 503 while the service shuts down, with 404 and 405 if there is no route, and with 406 if the caller accepts none
 * of our media types. It is one hook, as each hook costs every request.
 */
export function guardRequests(fastify: FastifyInstance, cors: Cors, headersOf: AnswerHeaders): void {
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(headersOf(request.headers, request.id));
    const preflight = cors.preflightFor(request.method, request.headers);
    if (preflight === undefined) done(closing ? shuttingDown() : refusalOf(request));
    else reply.code(204).headers(preflight).send();
  });
}

function refusalOf(request: FastifyRequest): HttpProblem | undefined {
  if (request.is404) return noRoute(request);
  if (hasEmptyName(request.params)) return nothingHere();
  const { accept, host } = request.headers;
  const mediaType = negotiatedTypeOf(request);
  if (mediaType !== undefined && !isAcceptable(accept, mediaType)) {
    return new HttpProblem(
      'NOT_ACCEPTABLE',
      `This resource comes as ${mediaType} only. Send an Accept header that takes it.`,
    );
  }
  if (host === undefined && request.raw.httpVersion === '1.1') {
    return new HttpProblem('INVALID_HEADER', 'The Host header is missing.');
  }
  const repeated = repeatedHeader(request.raw.rawHeaders);
  if (repeated !== undefined)
    return new HttpProblem('INVALID_HEADER', `${repeated} was sent more than once.`);
  if (request.raw.url?.includes('%00') === true) return nulInTarget(request.raw.url);
  request.body = {};
  return undefined;
}

/**
 * Finds `Host` or `Authorization` that was sent twice. Node uses the first value and drops the others, but a proxy in
 * front may have used another one. RFC 9112, 3.2, requires the check for Host.
 */
function repeatedHeader(raw: readonly string[]): string | undefined {
  let [hosts, credentials] = [0, 0];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts++;
    else if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) credentials++;
  }
  if (hosts > 1) return 'Host';
  return credentials > 1 ? 'Authorization' : undefined;
}

function noRoute(request: FastifyRequest): HttpProblem {
  const allowed = METHODS.filter((method) => isServed(request, method));
  if (allowed.length === 0) return nothingHere();
  const allow = allowed.join(', ');
  return new HttpProblem('METHOD_NOT_ALLOWED', `This resource takes ${allow}.`, { headers: { allow } });
}

function isServed({ server, raw }: FastifyRequest, method: (typeof METHODS)[number]): boolean {
  // Fastify's type does not say that the result may be null.
  const route = server.findRoute({ method, url: raw.url ?? '/' }) as { params: unknown } | null;
  return route !== null && !hasEmptyName(route.params);
}

/** The router matches `/things//parts` with an empty name, which no resource has. A wildcard may be empty. */
function hasEmptyName(params: unknown): boolean {
  return Object.entries(params as Record<string, string>).some(
    ([name, value]) => value === '' && name !== '*',
  );
}

function nothingHere(): HttpProblem {
  return new HttpProblem('NOT_FOUND', 'There is nothing at this path.');
}

/** @returns `undefined` outside of the API (pages, metrics, health checks), where nothing is negotiated */
function negotiatedTypeOf({ routeOptions: { url, config } }: FastifyRequest): string | undefined {
  return url?.startsWith(`/${API_PREFIX}/`) === true ? (config.produces ?? 'application/json') : undefined;
}

/** No stored text holds NUL. So a path with NUL does not exist, and a parameter with NUL matches nothing. */
function nulInTarget(url: string): HttpProblem {
  if (url.split('?', 1)[0]?.includes('%00') === true) {
    return nothingHere();
  }
  const errors = [{ pointer: '', code: 'INVALID_TEXT', message: 'a query parameter holds NUL' }];
  return new HttpProblem('VALIDATION_FAILED', 'The query holds NUL.', { errors });
}

function shuttingDown(): HttpProblem {
  return new HttpProblem('OVERLOADED', 'The service is shutting down.', { headers: { connection: 'close' } });
}
