import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { describeProblem, problemBody, type ProblemDescription } from './problem.js';
import { newId } from '../event-sourcing/index.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import { SECURE_HEADERS } from './secure-headers.js';

const HEADERS = Object.entries(SECURE_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/**
 * Answers bytes that are not an HTTP request (there is no request object then) and closes the connection.
 * @param error what Node's parser found
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET' && !isAnswering(socket)) {
    const problem = problemOfClientError(error.code ?? '');
    const traceId = newId();
    const body = problemBody(problem, traceId, '/');
    socket.write(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n` +
        `content-type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `${HEADERS}${REQUEST_ID_HEADER}: ${traceId}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

function problemOfClientError(code: string): ProblemDescription {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return describeProblem('REQUEST_TIMEOUT', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return describeProblem('HEADERS_TOO_LARGE', 'The headers and the path together are too long.');
    default:
      return describeProblem('INVALID_HEADER', 'This is not a valid HTTP/1.1 request.');
  }
}

/** Node keeps the answer under way on the socket: bytes written into the middle of it would be read as part of it. */
function isAnswering(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}
