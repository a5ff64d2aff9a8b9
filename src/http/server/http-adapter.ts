import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { answerHeaders } from './answer-headers.js';
import { clientErrorHandler } from '../problems/client-error.js';
import { answerConnect } from './connect-method.js';
import { Cors } from './cors.js';
import { acceptJsonOnly } from '../validation/json-body.js';
import { limitLoad } from './limit-load.js';
import { RequestLog } from './logging.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import { guardRequests } from './request-gate.js';
import { requestIdOf } from './request-id.js';
import { applyRouteNeeds } from './route-options.js';

const BODY_LIMIT_BYTES = 256 * 1024;
const RECEIVE_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 30_000;
const MAX_WAITING_COMMANDS = 1_000;
const TIMEOUT_CHECK_MS = 5_000;
/** As long as a request line can be: a name that is too long is a name that is not found. */
const MAX_PARAM_LENGTH = 16 * 1024;

export interface HttpAdapterOptions {
  readonly logger: Logger;
  /** Which forwarders are believed about the caller's address, in Fastify's terms; none unless given. */
  readonly trustProxy?: NonNullable<FastifyHttpOptions<Server>['trustProxy']>;
  /** Milliseconds a request may take to arrive in full; 30,000 unless given. */
  readonly receiveTimeout?: number;
  /** Milliseconds that the answer may take from then on; 30,000 unless given. */
  readonly answerTimeout?: number;
  /** Changes that may be worked on at the same time; 1,000 unless given. */
  readonly maxWaitingCommands?: number;
  /** Origins of web pages that may call; none unless given. */
  readonly corsOrigins?: readonly string[];
  /** Told the code of every problem that is answered before Nest is reached. */
  readonly onProblem?: (code: string) => void;
}

/** Nest's adapter without the body parsers that Nest would add. */
class JsonOnlyAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {
    // The one there is to be is registered in createHttpAdapter.
  }
}

/** @returns the Fastify server of the service, ready to be handed to `NestFactory.create` */
export function createHttpAdapter({
  logger,
  trustProxy = false,
  receiveTimeout = RECEIVE_TIMEOUT_MS,
  answerTimeout = ANSWER_TIMEOUT_MS,
  maxWaitingCommands = MAX_WAITING_COMMANDS,
  corsOrigins = [],
  onProblem,
}: HttpAdapterOptions): FastifyAdapter {
  const problems = new ProblemFilter(logger, onProblem);
  const cors = new Cors(corsOrigins);
  const headersOf = answerHeaders(cors);
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: logger,
    logController: new RequestLog(),
    // A child logger a request is dear, and only lines at debug level would show its binding.
    childLoggerFactory: (parent, bindings, levels) =>
      logger.isLevelEnabled('debug') ? parent.child(bindings, levels) : parent,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: receiveTimeout,
    trustProxy,
    requestIdHeader: false,
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // The request gate answers while closing, and looks for Host, in the shape of every other error.
    return503OnClosing: false,
    http: {
      requireHostHeader: false,
      // Node derives the timeout of the headers from this one, and would have the longer of the two hold for the whole
      // request; what Fastify sets comes too late for that.
      requestTimeout: receiveTimeout,
      connectionsCheckingInterval: Math.min(receiveTimeout, TIMEOUT_CHECK_MS),
    },
    clientErrorHandler: clientErrorHandler(headersOf),
    frameworkErrors: (error, request, reply) => {
      // No hook has been at these requests.
      problems.answer(error, request, reply.headers(headersOf(request.headers, request.id)));
    },
  };
  const adapter = new JsonOnlyAdapter(options);
  const fastify = adapter.getInstance<FastifyInstance>();
  // An expectation other than 100-continue may be ignored (RFC 9110, 10.1.1); Node would answer 417 without a body.
  fastify.server.on('checkExpectation', (request, response) =>
    fastify.server.emit('request', request, response),
  );
  answerConnect(fastify.server, headersOf);
  acceptJsonOnly(fastify);
  applyRouteNeeds(fastify);
  guardRequests(fastify, cors, headersOf);
  limitLoad(fastify, { maxWaitingCommands, answerTimeout });
  return adapter;
}
