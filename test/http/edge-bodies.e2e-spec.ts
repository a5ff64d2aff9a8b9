import type { AddressInfo } from 'node:net';
import { createLogger } from '../../src/http/server/logging.js';
import { createEdgeApp } from './edge-app.js';
import { expectProblem, JSON_TYPE, pointers, useEdge } from './edge-harness.js';
import { sendRaw } from './raw-http.js';

const MEBIBYTE = 1024 * 1024;

const { call, raw, port } = useEdge();

describe('bodies', () => {
  it('accepts an empty body as an empty object', async () => {
    expect((await call('DELETE', '/v1/things/7')).status).toBe(204);
    expect((await call('DELETE', '/v1/things/7', { headers: JSON_TYPE })).status).toBe(204);
    expect((await call('DELETE', '/v1/things/7', { headers: { 'content-type': 'text/html' } })).status).toBe(
      204,
    );
    const missing = await call('POST', '/v1/things');
    expectProblem(missing, 400, 'VALIDATION_FAILED');
    expect(pointers(missing)).toEqual(['/sku', '/quantity']);
  });

  it.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', 'sku=A&quantity=1'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/json; charset=iso-8859-1', '{}'],
    ['application/jsonp', '{}'],
    ['application/merge-patch+json', '{}'],
    ['nonsense', '{}'],
  ])('refuses the type %s', async (type, body) => {
    const answer = await call('POST', '/v1/things', { headers: { 'content-type': type }, body });
    expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('refuses a body without a type, and a compressed one', async () => {
    expectProblem(
      await raw(['POST /v1/things HTTP/1.1', 'Host: h', 'Content-Length: 2'], '{}'),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expectProblem(await call('POST', '/v1/things', { headers, body: '{}' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each(['application/json;charset=UTF-8', 'Application/JSON; charset="utf-8"', 'application/json; v=1'])(
    'takes the type %s',
    async (type) => {
      const body = '{"sku":"caf\\u00e9","quantity":1}';
      const answer = await call('POST', '/v1/things', { headers: { 'content-type': type }, body });
      expect(pointers(answer)).toEqual(['/sku']);
    },
  );

  it.each(['{"sku":', '{sku:1}', '\ufeff{}', '{"a":1}{}', 'undefined', '{"a":"\u0001"}'])(
    'answers MALFORMED_JSON to %j',
    async (body) => {
      expectProblem(await call('POST', '/v1/things', { headers: JSON_TYPE, body }), 400, 'MALFORMED_JSON');
    },
  );

  it('answers MALFORMED_JSON to bytes that are not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expectProblem(await call('POST', '/v1/things', { headers: JSON_TYPE, body }), 400, 'MALFORMED_JSON');
  });

  it('refuses more than 256 KiB, declared or not, and more than 2 MiB where a route takes as much', async () => {
    const padded = (bytes: number) => `{"a":"${'x'.repeat(bytes)}"}`;
    const send = (path: string, body: string) => call('POST', path, { headers: JSON_TYPE, body });
    expectProblem(await send('/v1/things', padded(256 * 1024)), 413, 'PAYLOAD_TOO_LARGE');
    expectProblem(await send('/v1/things', padded(256 * 1024 - 20)), 400, 'VALIDATION_FAILED');
    expectProblem(await send('/v1/things/imports', padded(2 * MEBIBYTE)), 413, 'PAYLOAD_TOO_LARGE');
    expectProblem(await send('/v1/things/imports', padded(2 * MEBIBYTE - 20)), 400, 'VALIDATION_FAILED');
  });

  it('answers an oversized body of ten megabytes, and keeps the connection until all of it is sent', async () => {
    const send = (type: string, framing: string) => [
      `POST /v1/things HTTP/1.1\r\nHost: h\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`,
    ];
    const piece = 'x'.repeat(65_536);
    const answers = await sendRaw(
      port(),
      ...send('application/json', 'Transfer-Encoding: chunked'),
      ...Array<string>(160).fill(`10000\r\n${piece}\r\n`),
      '0\r\n\r\n',
      ...send('application/json', `Content-Length: ${160 * piece.length}`),
      ...Array<string>(160).fill(piece),
      ...send('text/plain', `Content-Length: ${160 * piece.length}`),
      ...Array<string>(160).fill(piece),
      'GET /v1/things/7 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    );
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 415, 200]);
  });

  it('does not wait forever for the rest of a refused body', async () => {
    const impatient = await createEdgeApp(createLogger('silent'), { receiveTimeout: 100 });
    await impatient.listen(0, '127.0.0.1');
    const { port: itsPort } = impatient.getHttpServer().address() as AddressInfo;
    const head =
      'POST /v1/things HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n';
    // It ends when the server closes the connection.
    const [answer] = await sendRaw(itsPort, head);
    expect(answer?.status).toBe(415);
    const [late] = await sendRaw(itsPort, 'GET / HTTP/1.1\r\nHost: ');
    expect(late?.json['code']).toBe('REQUEST_TIMEOUT');
    await impatient.close();
  });
});
