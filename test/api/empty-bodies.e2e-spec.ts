import { sendRaw } from '../http/raw-http.js';
import { AS_ADMIN } from '../support/credentials.js';
import { useService } from '../support/use-service.js';
import { operationsOf, type OpenApiDocument } from './openapi-document.js';

const service = useService('empty_bodies');

const UNKNOWN_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';
const CHUNKED = 'Transfer-Encoding: chunked';

/** Sends one request as bytes, and gives status and code of the answer. */
async function ask(method: string, path: string, headers: readonly string[], body = ''): Promise<string> {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: h',
    'Connection: close',
    `Authorization: ${String(AS_ADMIN['authorization'])}`,
    ...headers,
  ];
  const [answer] = await sendRaw(service().port, `${head.join('\r\n')}\r\n\r\n${body}`);
  return `${String(answer?.status)} ${String(answer?.json['code'])}`;
}

it('treats an empty chunked body as a missing one, on every route that changes something', async () => {
  const { body } = await service().http.get<OpenApiDocument>('/openapi.json');
  const changes = operationsOf(body).filter(({ method }) => method !== 'GET');
  expect(changes.length).toBeGreaterThan(15);
  for (const { method, path } of changes) {
    const target = path.replace('{name}', 'cart-details').replace(/\{\w+\}/g, UNKNOWN_ID);
    const missing = await ask(method, target, []);
    const empty = await ask(method, target, [CHUNKED], '0\r\n\r\n');
    expect([method, path, empty]).toEqual([method, path, missing]);
  }
});

it('reprices a cart, in whatever way the body is omitted', async () => {
  const { id } = await service().shop.open();
  const path = `/v1/carts/${id}/repricings`;
  for (const [headers, body] of [
    [[], ''],
    [['Content-Length: 0'], ''],
    [['Content-Length: 0', 'Content-Type: text/plain'], ''],
    [[CHUNKED], '0\r\n\r\n'],
    [[CHUNKED, 'Content-Type: text/plain'], '0\r\n\r\n'],
    [[CHUNKED, 'Content-Type: application/json'], '0\r\n\r\n'],
    [[CHUNKED, 'Content-Type: application/json', 'Content-Encoding: gzip'], '0\r\n\r\n'],
  ] as const) {
    expect([headers, await ask('POST', path, headers, body)]).toEqual([headers, '200 undefined']);
  }
});

it('refuses a chunked body that is not JSON, and keeps the connection usable', async () => {
  const { id } = await service().shop.open();
  const refused = `POST /v1/carts/${id}/repricings HTTP/1.1\r\nHost: h\r\n${CHUNKED}\r\n\r\n`;
  const big = 'x'.repeat(65_536);
  const answers = await sendRaw(
    service().port,
    `${refused}1\r\nx\r\n0\r\n\r\n`,
    `${refused}10000\r\n${big}\r\n10000\r\n${big}\r\n0\r\n\r\n`,
    'GET /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  );
  expect(answers.map(({ status }) => status)).toEqual([415, 415, 200]);
});
