import { AS_NOBODY, asCustomer } from '../support/credentials.js';
import type { Headers } from '../support/http-client.js';
import { sendRaw } from '../http/raw-http.js';
import { expectProblem } from '../support/problem.js';
import { Service } from '../support/service.js';
import { useService } from '../support/use-service.js';

const SHOP = 'https://shop.example';
const LIMIT = 6;
const service = useService('browsers', {
  CORS_ORIGINS: `${SHOP},http://localhost:8080`,
  RATE_LIMIT: `${LIMIT}/h`,
});

const wish = (origin: string, method: string): Headers => ({
  ...AS_NOBODY,
  accept: '*/*',
  origin,
  'access-control-request-method': method,
  'access-control-request-headers': 'content-type,x-cart-token',
});
const words = (header = '') => header.split(/, */).map((word) => word.toLowerCase());

describe('a page of an origin that CORS_ORIGINS names', () => {
  it.each([SHOP, 'http://localhost:8080'])('may use the whole API: %s', async (origin) => {
    const answer = await service().http.send('OPTIONS', '/v1/carts/1/items', {
      headers: wish(origin, 'PATCH'),
    });
    expect(answer).toMatchObject({ status: 204, text: '' });
    const { headers } = answer;
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(words(headers['vary'])).toContain('origin');
    expect(words(headers['access-control-allow-methods'])).toEqual([
      'get',
      'head',
      'post',
      'put',
      'patch',
      'delete',
    ]);
    expect(words(headers['access-control-allow-headers'])).toEqual(
      expect.arrayContaining([
        ...['authorization', 'x-cart-token', 'if-match', 'if-none-match', 'idempotency-key', 'prefer'],
        ...['x-min-version', 'x-request-id', 'content-type', 'last-event-id'],
      ]),
    );
    expect(headers['access-control-max-age']).toBe('7200');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('can read answers and their headers', async () => {
    const answer = await service().http.send('POST', '/v1/carts', {
      headers: { ...asCustomer('reader'), origin: SHOP },
      body: { currency: 'EUR' },
    });
    expect(answer).toMatchObject({ status: 201, headers: { 'access-control-allow-origin': SHOP } });
    expect(words(answer.headers['access-control-expose-headers'])).toEqual(
      expect.arrayContaining([
        ...['etag', 'location', 'ratelimit', 'ratelimit-policy', 'ratelimit-limit', 'ratelimit-remaining'],
        ...['ratelimit-reset', 'idempotent-replayed', 'x-request-id', 'retry-after', 'preference-applied'],
      ]),
    );
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('can read refusals of every part of the server', async () => {
    const { http } = service();
    const headers = { ...asCustomer('refused'), origin: SHOP };
    const refusals = [
      await http.get('/nowhere', headers),
      await http.send('PUT', '/v1/carts', { headers }),
      await http.get('/v1/products', { ...headers, accept: 'text/html' }),
      await http.get('/v1/products', { ...headers, authorization: 'Bearer x' }),
      await http.send('POST', '/v1/carts', { headers, raw: '{' }),
      await http.send('POST', '/v1/carts', { headers, raw: 'x'.repeat(300_000) }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([404, 405, 406, 401, 400, 413]);
    for (let count = 0; count < LIMIT; count++) await http.get('/v1/products', headers);
    refusals.push(await http.get('/v1/products', headers));
    expect(refusals.at(-1)?.status).toBe(429);
    for (const refusal of refusals) {
      expect([refusal.status, refusal.headers['access-control-allow-origin']]).toEqual([
        refusal.status,
        SHOP,
      ]);
    }
  });
});

describe('an answer that no hook of the server sees', () => {
  const port = () => service().port;
  const closed = `Origin: ${SHOP}\r\nX-Request-Id: of-a-page\r\nConnection: close\r\n`;

  it.each([
    ['an undecodable path', `GET /v1/%ZZ HTTP/1.1\r\nHost: h\r\n${closed}\r\n`, 404],
    ['a bad header', `GET /v1/products HTTP/1.1\r\n${closed}No colon here\r\n\r\n`, 400],
    ['a path that is too long', `GET /v1/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: h\r\n${closed}\r\n`, 431],
    ['headers that are too long', `GET /v1/carts HTTP/1.1\r\n${closed}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a broken chunk',
      `POST /v1/carts HTTP/1.1\r\nHost: h\r\n${closed}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ['a method that no server knows', `BREW /v1/carts HTTP/1.1\r\nHost: h\r\n${closed}\r\n`, 400],
    ['CONNECT', `CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n${closed}\r\n`, 405],
  ])('can be read by an allowed page and has all headers of an answer: %s', async (_what, bytes, status) => {
    const [answer] = await sendRaw(port(), bytes);
    expect(answer?.status).toBe(status);
    const named = (name: string) => answer?.headers.get(name);
    expect(named('access-control-allow-origin')).toBe(SHOP);
    expect(named('vary')).toBe('Origin');
    expect(words(named('access-control-expose-headers'))).toContain('x-request-id');
    expect([named('x-request-id'), answer?.json['traceId']]).toEqual(['of-a-page', 'of-a-page']);
    expect(named('x-content-type-options')).toBe('nosniff');
    expect(named('cache-control')).toBe('private, no-cache');
  });

  it('is readable by no other page', async () => {
    const evil = 'Origin: https://evil.example\r\nConnection: close\r\n';
    for (const bytes of [
      `GET /v1/%ZZ HTTP/1.1\r\nHost: h\r\n${evil}\r\n`,
      `GET /v1/products HTTP/1.1\r\n${evil}No colon here\r\n\r\n`,
    ]) {
      const [answer] = await sendRaw(port(), bytes);
      expect(answer?.status).toBeGreaterThanOrEqual(400);
      expect(answer?.headers.get('access-control-allow-origin')).toBeUndefined();
      expect(answer?.headers.get('vary')).toBe('Origin');
    }
  });

  it('can be read if the rest of a body does not arrive in time', async () => {
    const slow = await Service.start('slow_browsers', { CORS_ORIGINS: SHOP, REQUEST_TIMEOUT: '500ms' });
    try {
      const head = `POST /v1/carts HTTP/1.1\r\nHost: h\r\n${closed}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`;
      const [answer] = await sendRaw(slow.port, head);
      expect(answer?.status).toBe(408);
      expect(answer?.headers.get('access-control-allow-origin')).toBe(SHOP);
      expect(answer?.headers.get('x-request-id')).toBe('of-a-page');
    } finally {
      expect(await slow.leave()).toEqual([]);
    }
  });
});

describe('a page of another origin', () => {
  it.each(['https://evil.example', 'http://shop.example', 'https://shop.example.evil.example', 'null'])(
    'is told nothing: %s',
    async (origin) => {
      const asked = await service().http.send('OPTIONS', '/v1/carts', { headers: wish(origin, 'POST') });
      expect(asked.headers['access-control-allow-origin']).toBeUndefined();
      const answer = await service().http.get('/v1/products', { ...asCustomer(origin), origin });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('every answer', () => {
  it('has the security headers of data: no sniffing, no frames, no shared caches', async () => {
    const { http } = service();
    const headers = asCustomer('guarded');
    const answers = [
      await http.get('/v1/products', headers),
      await http.get('/nowhere', headers),
      await http.get('/v1/carts/%zz', headers),
      await http.send('POST', '/v1/carts', { headers, raw: '{' }),
      await http.get('/v1/products', { authorization: 'Bearer x' }),
      await http.get('/health/live'),
      await http.get('/openapi.json'),
      await http.get('/asyncapi.json'),
    ];
    for (const { status, headers: said } of answers) {
      expect([status, said]).toMatchObject([
        status,
        {
          'cache-control': 'private, no-cache',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        },
      ]);
      expect(said['server'] ?? said['x-powered-by']).toBeUndefined();
    }
  });

  it('of the documentation allows the page its own scripts only', async () => {
    const page = await service().http.get('/docs', { accept: 'text/html' });
    const policy = page.headers['content-security-policy'] ?? '';
    for (const rule of [
      "default-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy.split('; ')).toContain(rule);
    }
    expect(policy).not.toMatch(/unsafe-eval|script-src|https?:|\*/);
    expect(page.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    const script = await service().http.get('/docs/swagger-ui-bundle.js');
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
    });
  });
});

it('ignores X-Forwarded-For unless TRUST_PROXY trusts the sender', async () => {
  const { http } = service();
  const from = (address: string) => ({ ...AS_NOBODY, 'x-forwarded-for': address });
  const left = await http.get('/v1/products', from('198.51.100.1'));
  for (let count = Number(left.headers['ratelimit-remaining']); count > 0; count--) {
    expect((await http.get('/v1/products', from(`198.51.100.${count + 1}`))).status).toBe(200);
  }
  expectProblem(await http.get('/v1/products', from('198.51.100.99')), '429 RATE_LIMITED');
});
