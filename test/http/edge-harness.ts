import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger } from '../../src/http/server/logging.js';
import { API_DESCRIPTION } from '../../src/api-description.js';
import { setupOpenApi } from '../../src/http/openapi/document.js';
import { createEdgeApp } from './edge-app.js';
import { sendRaw, type RawAnswer } from './raw-http.js';

export const JSON_TYPE = { 'content-type': 'application/json' };

/** An answer as a usual client sees it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed, where it is a JSON object; an empty object otherwise. */
  readonly json: Record<string, unknown>;
}

/** A throw-away application that listens while the tests of a file run, and ways to ask it. */
export interface Edge {
  port: () => number;
  /** What was logged since the test began, at `info` and above. */
  logLines: Record<string, unknown>[];
  call: (method: string, path: string, init?: Omit<RequestInit, 'method'>) => Promise<Answer>;
  post: (path: string, body: unknown) => Promise<Answer>;
  /** Sends one request as bytes; `Connection: close` is added, so that the answer ends. */
  raw: (head: string[], ...body: string[]) => Promise<RawAnswer>;
}

/** Starts the application before the tests of a file, and sees after each of them that it lives on. */
export function useEdge(): Edge {
  const logLines: Record<string, unknown>[] = [];
  let app: NestFastifyApplication;
  const port = () => (app.getHttpServer().address() as AddressInfo).port;
  const call: Edge['call'] = async (method, path, init = {}) => {
    const response = await fetch(`http://127.0.0.1:${port()}${path}`, { method, ...init });
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, json };
  };

  beforeAll(async () => {
    const write = (line: string) => logLines.push(JSON.parse(line) as Record<string, unknown>);
    app = await createEdgeApp(createLogger('info', { destination: { write } }));
    setupOpenApi(app, API_DESCRIPTION, undefined);
    await app.listen(0, '127.0.0.1');
  });
  beforeEach(() => {
    logLines.length = 0;
  });
  afterEach(async () => {
    expect((await call('GET', '/health/live')).json).toEqual({ status: 'ok' });
  });
  afterAll(() => app.close());

  return {
    port,
    logLines,
    call,
    post: (path, body) => call('POST', path, { headers: JSON_TYPE, body: JSON.stringify(body) }),
    raw: async (head, ...body) => {
      const request = `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`;
      const [answer] = await sendRaw(port(), request, ...body);
      if (answer === undefined) throw new Error(`no answer to ${head.join(' | ')}`);
      return answer;
    },
  };
}

/** Checks that an answer is a problem in the shape of the contract. */
export function expectProblem(answer: Answer | RawAnswer, status: number, code: string): void {
  expect([answer.status, answer.json['code'], answer.json['status']]).toEqual([status, code, status]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(Object.keys(answer.json)).toEqual(
    expect.arrayContaining(['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId']),
  );
  expect(answer.headers.get('x-request-id')).toBe(answer.json['traceId']);
}

/** The places that a problem points at. */
export function pointers(answer: Answer): string[] {
  return (answer.json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
}
