import type { Server } from 'node:http';
import type { AnswerHeaders } from './answer-headers.js';
import { writeProblem } from '../problems/client-error.js';
import { describeProblem } from '../problems/problem.js';

const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** Answers `CONNECT` as any other method that is not served. Node hands it over beside all other requests, or hangs up. */
export function answerConnect(server: Server, headersOf: AnswerHeaders): void {
  server.on('connect', ({ headers }, socket) => {
    socket.on('error', () => undefined); // a caller who has gone away
    const problem = describeProblem('METHOD_NOT_ALLOWED', 'This is no proxy.', { headers: { allow: ALLOW } });
    writeProblem(socket, problem, headers, headersOf);
    socket.end();
  });
}
