import type { AddressInfo } from 'node:net';
import { createLogger } from '../../src/http/server/logging.js';
import { createEdgeApp } from './edge-app.js';
import { expectProblem, useEdge } from './edge-harness.js';
import { sendRaw } from './raw-http.js';

const { post, raw, port, logLines } = useEdge();

describe('bytes that are not a request', () => {
  it.each<[string, string[], number, string]>([
    [
      'two lengths',
      ['POST /v1/things HTTP/1.1', 'Host: h', 'Content-Length: 2', 'Content-Length: 3'],
      400,
      'INVALID_HEADER',
    ],
    [
      'length and chunks',
      ['POST /v1/things HTTP/1.1', 'Host: h', 'Content-Length: 2', 'Transfer-Encoding: chunked'],
      400,
      'INVALID_HEADER',
    ],
    [
      'a negative length',
      ['POST /v1/things HTTP/1.1', 'Host: h', 'Content-Length: -2'],
      400,
      'INVALID_HEADER',
    ],
    ['a bad header', ['GET /v1/things HTTP/1.1', 'Host: h', 'No colon here'], 400, 'INVALID_HEADER'],
    ['no host', ['GET /v1/things HTTP/1.1'], 400, 'INVALID_HEADER'],
    ['two hosts', ['GET /v1/things HTTP/1.1', 'Host: a', 'HOST: b'], 400, 'INVALID_HEADER'],
    [
      'two callers',
      ['GET /v1/things HTTP/1.1', 'Host: h', 'Authorization: Bearer a', 'authorization: Bearer b'],
      400,
      'INVALID_HEADER',
    ],
    ['no HTTP', ['HELO there'], 400, 'INVALID_HEADER'],
    [
      'headers without end',
      ['GET / HTTP/1.1', 'Host: h', `X: ${'x'.repeat(20_000)}`],
      431,
      'HEADERS_TOO_LARGE',
    ],
  ])('answers a problem to %s', async (_name, head, status, code) => {
    expectProblem(await raw(head), status, code);
  });

  it('answers a request with a broken chunk once', async () => {
    const head =
      'POST /v1/things HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answers = await sendRaw(port(), head, 'zz\r\n{}\r\n');
    expect(answers.map(({ status }) => status)).toEqual([400]);
  });

  it('writes nothing into the middle of another answer', async () => {
    const halfWay = async (received: () => string) => {
      while (!received().endsWith('half')) await new Promise(setImmediate);
    };
    const request = 'GET /v1/failures/unfinished HTTP/1.1\r\nHost: h\r\n\r\n';
    const answers = await sendRaw(port(), request, halfWay, 'no request\r\n\r\n');
    expect(answers.map(({ body }) => body)).toEqual(['half']);
  });

  it('answers an earlier request first', async () => {
    const first = 'GET /v1/things/7 HTTP/1.1\r\nHost: h\r\n\r\n';
    const answers = await sendRaw(port(), `${first}${first}no request\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
  });

  it('refuses CONNECT', async () => {
    const answer = await raw(['CONNECT example.org:443 HTTP/1.1', 'Host: example.org:443']);
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.get('allow')).toContain('GET');
  });

  it('survives a caller that disconnects within a body', async () => {
    const head =
      'POST /v1/things HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"sku"';
    const { connect } = await import('node:net');
    await new Promise<void>((resolve) => {
      const socket = connect(port(), '127.0.0.1', () => {
        socket.write(head, () => socket.resetAndDestroy());
      });
      socket.once('close', () => {
        resolve();
      });
    });
    expect((await post('/v1/things', { sku: 'A', quantity: 1 })).status).toBe(201);
    expect(logLines).toEqual([]);
  });

  it('ignores an unknown expectation', async () => {
    const answer = await raw(['GET /v1/things/7 HTTP/1.1', 'Host: h', 'Expect: a miracle']);
    expect(answer.status).toBe(200);
  });
});

describe('shutdown', () => {
  it('answers 503 on a connection that is still open while it closes', async () => {
    const leaving = await createEdgeApp(createLogger('silent'));
    await leaving.listen(0, '127.0.0.1');
    const server = leaving.getHttpServer();
    const leavingPort = (server.address() as AddressInfo).port;
    let closed: Promise<void> | undefined;
    const closing = async () => {
      closed = leaving.close();
      while (server.listening) await new Promise(setImmediate);
    };
    const answers = await sendRaw(leavingPort, 'GET /v1/things/7 HTTP/1.1\r\n', closing, 'Host: h\r\n\r\n');
    await closed;
    expect(answers.map(({ json }) => json['code'])).toEqual(['OVERLOADED']);
    expect(answers[0]?.headers.get('retry-after')).toBe('1');
  });
});
