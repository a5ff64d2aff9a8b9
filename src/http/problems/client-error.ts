import { STATUS_CODES, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AnswerHeaders } from '../server/answer-headers.js';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { describeProblem, problemBody, type ProblemDescription } from './problem.js';
import { requestIdOf } from '../server/request-id.js';

/**
 * The error of Node's parser, with the bytes that caused it. Fastify's type declares a shape that Node does not send.
 */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** Node keeps the current answer on the socket. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * @returns a handler that answers bytes that are not an HTTP request, and closes the connection. There is no request
 *   object.
 */
export function clientErrorHandler(headersOf: AnswerHeaders): (error: ClientError, socket: Socket) => void {
  return function answer(error, socket: HttpSocket): void {
    const { _httpMessage: response } = socket;
    if (response?.req.complete === true && (!response.headersSent || response.writableEnded)) {
      // The bytes follow a request without an answer yet: answers keep the order of requests.
      response.once('close', () => {
        answer(error, socket);
      });
      return;
    }
    // Bytes in the middle of an answer would become part of it.
    if (socket.writable && error.code !== 'ECONNRESET' && response?.headersSent !== true) {
      const request = response?.req.headers ?? headersIn(error.rawPacket);
      writeProblem(socket, problemOfClientError(error.code ?? ''), request, headersOf);
    }
    socket.destroySoon();
  };
}

/** Writes an answer to a connection without a response object. The caller closes it. */
export function writeProblem(
  socket: Pick<Socket, 'write'>,
  problem: ProblemDescription,
  request: IncomingHttpHeaders,
  headersOf: AnswerHeaders,
): void {
  const traceId = requestIdOf({ headers: request });
  const body = problemBody(problem, traceId, '/');
  const headers = Object.entries({ ...problem.headers, ...headersOf(request, traceId) });
  socket.write(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n` +
      `content-type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}connection: close\r\n\r\n${body}`,
  );
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

/**
 * Reads headers that the answer depends on from a head that the parser has rejected. Web pages could not read it
 * otherwise.
 */
function headersIn(packet: unknown): IncomingHttpHeaders {
  if (!Buffer.isBuffer(packet)) return {};
  const [head = ''] = packet.toString('latin1').split('\r\n\r\n', 1);
  const lines = head.split('\r\n').map((line) => /^(origin|x-request-id):(.*)$/i.exec(line));
  return Object.fromEntries(
    lines.flatMap((found) => (found === null ? [] : [[found[1]?.toLowerCase(), found[2]?.trim()]])),
  ) as IncomingHttpHeaders;
}
