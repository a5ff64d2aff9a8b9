import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { FastifyHttpOptions, FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { answerHeaders, type AnswerHeaders } from './answer-headers.js';
import { clientErrorHandler } from '../problems/client-error.js';
import { answerConnect } from './connect-method.js';
import { Cors } from './cors.js';
import { acceptJsonOnly } from '../validation/json-body.js';
import { limitLoad } from './limit-load.js';
import { RequestLog } from './logging.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import { guardRequests } from './request-gate.js';
import { requestIdOf } from './request-id.js';
import { applyRouteNeeds, BODY_LIMIT_BYTES } from './route-options.js';

const RECEIVE_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 30_000;
const MAX_WAITING_COMMANDS = 1_000;
const TIMEOUT_CHECK_MS = 5_000;
/** The longest possible request line, so that a long name is answered like an unknown one. */
const MAX_PARAM_LENGTH = 16 * 1024;

/** One step in the pipeline of requests: it registers its hooks on the server. */
export type PipelineStep = (fastify: FastifyInstance) => void;

export interface HttpAdapterOptions {
  readonly logger: Logger;
  /** Fastify's `trustProxy`: the proxies whose `X-Forwarded-For` is trusted; none unless given. */
  readonly trustProxy?: NonNullable<FastifyHttpOptions<Server>['trustProxy']>;
  /** Milliseconds for a request to arrive in full; 30,000 unless given. */
  readonly receiveTimeout?: number;
  /** Milliseconds for the answer after that; 30,000 unless given. */
  readonly answerTimeout?: number;
  /** Changes in progress at the same time; 1,000 unless given. */
  readonly maxWaitingCommands?: number;
  /** Origins of web pages that may call; none unless given. */
  readonly corsOrigins?: readonly string[];
  /** Names of request headers, in lower case, that features read and web pages may send. */
  readonly corsHeaders?: readonly string[];
  /** A step that precedes all others, so that it sees every request of a route. */
  readonly firstStep?: PipelineStep | undefined;
  /** Steps that follow those of this layer, before the body is read. */
  readonly steps?: readonly PipelineStep[];
  /** Called with the code of every problem that is answered before Nest is reached. */
  readonly onProblem?: (code: string) => void;
}

/** Nest's adapter without the body parsers that Nest would add. */
class JsonOnlyAdapter extends FastifyAdapter {
  override registerParserMiddleware(): void {
    // `acceptJsonOnly` registers the only parser.
  }
}

/**
 * Builds the pipeline of a request up to its handler. The rest of it is in `configureHttp`.
 * @returns the Fastify server of the service, ready to be handed to `NestFactory.create`
 */
export function createHttpAdapter(options: HttpAdapterOptions): FastifyAdapter {
  const { corsOrigins = [], corsHeaders = [], firstStep, steps = [] } = options;
  const { maxWaitingCommands = MAX_WAITING_COMMANDS, answerTimeout = ANSWER_TIMEOUT_MS } = options;
  const cors = new Cors(corsOrigins, corsHeaders);
  const headersOf = answerHeaders(cors);
  const adapter = new JsonOnlyAdapter(fastifyOptions(options, headersOf));
  const fastify = adapter.getInstance<FastifyInstance>();
  // Hooks run in the order of their registration, and apply only to routes that are registered after them.
  const pipeline: readonly PipelineStep[] = [
    ...(firstStep ? [firstStep] : []),
    acceptOddRequests(headersOf),
    acceptJsonOnly,
    applyRouteNeeds,
    (server) => {
      guardRequests(server, cors, headersOf);
    },
    (server) => {
      limitLoad(server, { maxWaitingCommands, answerTimeout });
    },
    ...steps,
  ];
  for (const register of pipeline) register(fastify);
  return adapter;
}

function fastifyOptions(
  { logger, trustProxy = false, receiveTimeout = RECEIVE_TIMEOUT_MS, onProblem }: HttpAdapterOptions,
  headersOf: AnswerHeaders,
): FastifyHttpOptions<Server> {
  const problems = new ProblemFilter(logger, onProblem);
  return {
    loggerInstance: logger,
    logController: new RequestLog(),
    // A child logger for each request is expensive, and only lines at debug level would show its binding.
    childLoggerFactory: (parent, bindings, levels) =>
      logger.isLevelEnabled('debug') ? parent.child(bindings, levels) : parent,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: receiveTimeout,
    trustProxy,
    requestIdHeader: false,
    genReqId: requestIdOf,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // The request gate answers while the server closes, and checks Host, in the format of all other errors.
    return503OnClosing: false,
    http: {
      requireHostHeader: false,
      // Node derives the timeout of the headers from this one, and applies the longer of the two to the whole request.
      // Fastify sets its own too late for that.
      requestTimeout: receiveTimeout,
      connectionsCheckingInterval: Math.min(receiveTimeout, TIMEOUT_CHECK_MS),
    },
    clientErrorHandler: clientErrorHandler(headersOf),
    frameworkErrors: (error, request, reply) => {
      // No hook has run for these requests.
      problems.answer(error, request, reply.headers(headersOf(request.headers, request.id)));
    },
  };
}

/** Stands in for Fastify's compilers of JSON Schema. They take long to load, and no route here has a schema. */
function noSchemas(): () => never {
  return () => {
    throw new Error(
      'This service compiles no JSON Schema. Describe the request by a DTO, not by a route schema.',
    );
  };
}

/** Answers requests that Node itself would answer without a body, or not at all. */
function acceptOddRequests(headersOf: AnswerHeaders): PipelineStep {
  return ({ server }) => {
    // An expectation other than 100-continue may be ignored (RFC 9110, 10.1.1); Node would answer 417.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    answerConnect(server, headersOf);
  };
}
