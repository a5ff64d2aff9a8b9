import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { DomainError, isConnectionError, LogUnavailableError } from '../../event-sourcing/index.js';
import { isProblemCode, type ProblemCode } from './problem-codes.js';
import { describeProblem, HttpProblem, type ProblemDescription } from './problem.js';

/** The problems of requests that Fastify refuses before a controller is reached, by Fastify's error code. */
const FASTIFY_REFUSALS: Readonly<Record<string, Parameters<typeof describeProblem>>> = {
  FST_ERR_BAD_URL: ['NOT_FOUND', 'The path is not percent-encoded UTF-8, so nothing can be there.'],
  FST_ERR_MAX_PARAM_LENGTH: ['NOT_FOUND', 'A part of the path is longer than any name in use.'],
  FST_ERR_NOT_FOUND: ['NOT_FOUND', 'There is nothing at this path.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is larger than this resource takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'UNSUPPORTED_MEDIA_TYPE',
    'Send the body as application/json.',
    { headers: { accept: 'application/json' } },
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['INVALID_HEADER', 'Content-Length is not the length of the body.'],
  // The caller closed the connection within the body, so nobody reads this answer.
  ECONNRESET: ['MALFORMED_JSON', 'The body ended early.'],
};

/** Codes for Nest's HTTP exceptions, by status. */
const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'VALIDATION_FAILED',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'OVERLOADED',
};

/**
 * @param exception anything that was thrown while a request was served
 * @returns its problem in the contract. Anything but a known refusal is `INTERNAL_ERROR`, without details.
 */
export function problemOf(exception: unknown): ProblemDescription {
  if (exception instanceof HttpProblem) {
    return describeProblem(exception.code, exception.message, exception.particulars);
  }
  if (exception instanceof DomainError && isProblemCode(exception.code)) {
    return describeProblem(exception.code, exception.message, { data: exception.data });
  }
  if (isFaultOfDatabase(exception)) {
    return describeProblem(
      'OVERLOADED',
      'A database is out of reach at the moment, or too slow. A requested change may or may not have been made.',
    );
  }
  // Nest wraps Fastify's 4xx errors and keeps the original as the cause.
  const original = exception instanceof HttpException ? (exception.cause ?? exception) : exception;
  const refusal = FASTIFY_REFUSALS[errorCodeOf(original)];
  if (refusal !== undefined) return describeProblem(...refusal);
  if (exception instanceof HttpException) return problemOfHttpException(exception);
  return describeProblem(
    'INTERNAL_ERROR',
    'The service failed to answer. It is not your request that is wrong.',
  );
}

function problemOfHttpException(exception: HttpException): ProblemDescription {
  const status = exception.getStatus();
  const code = CODE_OF_STATUS[status];
  const response = exception.getResponse();
  // A custom body (such as the details of a health check) is part of the answer.
  const own = typeof response === 'object' && !('statusCode' in response) ? { data: { ...response } } : {};
  if (code === 'NOT_FOUND') return describeProblem(code, 'There is nothing at this path.', own);
  if (code !== undefined) return describeProblem(code, exception.message, own);
  if (status >= 500) return problemOf(undefined);
  const title = STATUS_CODES[status] ?? 'Refused';
  return { code: title.toUpperCase().replace(/\W+/g, '_'), status, title, detail: exception.message, ...own };
}

/** PostgreSQL has cancelled a statement that took too long. */
const QUERY_CANCELED = '57014';

/** Whether a database is slow or out of reach. Fastify gives errors of broken connections to callers a status. */
function isFaultOfDatabase(error: unknown): boolean {
  if (error instanceof LogUnavailableError || errorCodeOf(error) === QUERY_CANCELED) return true;
  return isConnectionError(error) && (error as { statusCode?: unknown }).statusCode === undefined;
}

function errorCodeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
