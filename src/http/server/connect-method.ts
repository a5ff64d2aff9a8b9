import type { Server } from 'node:http';
import type { AnswerHeaders } from './answer-headers.js';
import { writeProblem } from '../problems/client-error.js';
import { describeProblem } from '../problems/problem.js';

const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/**
 * Answers `CONNECT` like any other unsupported method. Node emits it as an event of its own, and closes the connection
 * unless it is handled.
 */
export function answerConnect(server: Server, headersOf: AnswerHeaders): void {
  server.on('connect', ({ headers }, socket) => {
    socket.on('error', () => undefined); // the caller has closed the connection
    const problem = describeProblem('METHOD_NOT_ALLOWED', 'This is no proxy.', { headers: { allow: ALLOW } });
    writeProblem(socket, problem, headers, headersOf);
    socket.end();
  });
}
