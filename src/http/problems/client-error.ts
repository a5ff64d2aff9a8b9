import { STATUS_CODES, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AnswerHeaders } from '../server/answer-headers.js';
import { PROBLEM_MEDIA_TYPE } from './problem.filter.js';
import { describeProblem, problemBody, type ProblemDescription } from './problem.js';
import { requestIdOf } from '../server/request-id.js';

/** What Node's parser found, and the bytes that it came upon. Fastify's type has them in a shape that Node does not send. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** Node keeps the answer under way on the socket. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/** @returns what answers bytes that are not an HTTP request (there is no request object then), and closes the connection */
export function clientErrorHandler(headersOf: AnswerHeaders): (error: ClientError, socket: Socket) => void {
  return function answer(error, socket: HttpSocket): void {
    const { _httpMessage: response } = socket;
    if (response?.req.complete === true && (!response.headersSent || response.writableEnded)) {
      // The bytes come after a request whose answer is not out yet: answers go out in the order of their requests.
      response.once('close', () => {
        answer(error, socket);
      });
      return;
    }
    // Bytes in the middle of an answer would be read as part of it.
    if (socket.writable && error.code !== 'ECONNRESET' && response?.headersSent !== true) {
      const request = response?.req.headers ?? headersIn(error.rawPacket);
      writeProblem(socket, problemOfClientError(error.code ?? ''), request, headersOf);
    }
    socket.destroySoon();
  };
}

/** Answers on a connection that no response object is there for; the caller closes it. */
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

/** What can be read of a head that the parser has given up: without these, a page could not read the refusal. */
function headersIn(packet: unknown): IncomingHttpHeaders {
  if (!Buffer.isBuffer(packet)) return {};
  const [head = ''] = packet.toString('latin1').split('\r\n\r\n', 1);
  const lines = head.split('\r\n').map((line) => /^(origin|x-request-id):(.*)$/i.exec(line));
  return Object.fromEntries(
    lines.flatMap((found) => (found === null ? [] : [[found[1]?.toLowerCase(), found[2]?.trim()]])),
  ) as IncomingHttpHeaders;
}
