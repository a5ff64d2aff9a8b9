import {
  Catch,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
  type FactoryProvider,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { DomainError } from '../kernel/domain-error.js';
import { LogUnavailableError } from '../log/append/append.js';
import { ViewBehindError } from '../queries/until-reached.js';
import { problemOf, type AnsweredError, type StatusesByCode } from './problem.js';

const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Options of `DurableCqrsExceptionFilter`. */
export interface DurableCqrsExceptionFilterOptions {
  /**
   * HTTP statuses of domain errors, by code. By default `TOO_MUCH_CONTENTION` is 409, `VERSION_MISMATCH` is 412, a code
   * that ends in `NOT_FOUND` is 404, and every other code is 422.
   */
  readonly statuses?: StatusesByCode;
}

/**
 * Answers a `DomainError` with a status of 4xx, and a log or view that is not available with 503 and `Retry-After`. The
 * body is `application/problem+json` (RFC 9457) with `code` and the data of the error. Other errors are left to other
 * filters. It works with Express and Fastify; outside of HTTP it throws the error again.
 */
@Catch(DomainError, LogUnavailableError, ViewBehindError)
export class DurableCqrsExceptionFilter implements ExceptionFilter<AnsweredError> {
  private readonly logger = new Logger(DurableCqrsExceptionFilter.name);

  /** @param host of the HTTP adapter: `app.get(HttpAdapterHost)` */
  constructor(
    private readonly host: Pick<HttpAdapterHost, 'httpAdapter'>,
    private readonly options: DurableCqrsExceptionFilterOptions = {},
  ) {}

  /** The filter as a provider of a module, for the whole application. */
  static provide(
    options: DurableCqrsExceptionFilterOptions = {},
  ): FactoryProvider<DurableCqrsExceptionFilter> {
    return {
      provide: APP_FILTER,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) => new DurableCqrsExceptionFilter(host, options),
    };
  }

  /** @throws the error again outside of HTTP */
  catch(error: AnsweredError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const response = host.switchToHttp().getResponse<unknown>();
    const { httpAdapter } = this.host;
    const { status, headers, body } = problemOf(error, this.options.statuses);
    if (status >= 500) this.logger.warn(`A request was answered ${status}: ${error.message}`);
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'Content-Type', PROBLEM_MEDIA_TYPE);
    // As a text, so that both adapters keep the media type.
    httpAdapter.reply(response, JSON.stringify(body), status);
  }
}
