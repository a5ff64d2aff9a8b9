import type { LoggerService } from '@nestjs/common';
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import { pino, type DestinationStream, type Level, type LevelWithSilent, type Logger } from 'pino';

const SECRET_HEADERS = ['authorization', 'cookie', 'set-cookie'];
const HEADER_PLACES = ['headers', 'req.headers', 'request.headers', 'res.headers'];
/** Parts of Nest that log a line for every module and route at each start. */
const START_CHATTER: ReadonlySet<unknown> = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

interface LoggerParts {
  readonly destination?: DestinationStream;
  readonly secretHeaders?: readonly string[];
  readonly extraFields?: (() => object) | undefined;
}

/**
 * @param level the least severe level to write
 * @param options `destination` of the lines, standard output unless given; `secretHeaders` to hide beside the usual
 *   ones; `extraFields` makes further members of each line
 * @returns the logger of the process: JSON lines, without credentials wherever request headers are logged
 */
export function createLogger(
  level: LevelWithSilent,
  { destination, secretHeaders = [], extraFields }: LoggerParts = {},
): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    ...(extraFields && { mixin: extraFields }),
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: HEADER_PLACES.flatMap((place) =>
      [...SECRET_HEADERS, ...secretHeaders].map((name) => `${place}["${name}"]`),
    ),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Logs requests at `debug`, so that they cost nothing at the usual level. The problem filter logs errors. */
export class RequestLog extends LogController {
  override incomingRequest(request: FastifyRequest): void {
    request.log.debug({ method: request.method, url: request.url }, 'request');
  }

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const { statusCode, elapsedTime } = reply;
    const outcome = { method: request.method, url: request.url, statusCode, milliseconds: elapsedTime };
    if (error === null || error === undefined) request.log.debug(outcome, 'answered');
    else
      request.log.warn({ ...outcome, err: error, traceId: request.id }, 'the answer could not be sent whole');
  }
}

/** Lets Nest log through pino. Nest passes the context (the name of the logging class) last. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(START_CHATTER.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const details = rest.slice(0, -1).filter((detail) => detail !== undefined);
    const fields = { context, ...(details.length === 0 ? {} : { details }) };
    if (message instanceof Error) this.logger[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'string') this.logger[level](fields, message);
    else this.logger[level]({ ...fields, message });
  }
}
