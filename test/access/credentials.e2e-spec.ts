import { AS_NOBODY, as } from '../support/credentials.js';
import type { Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { AUDIENCE, BAD_JWTS, goodJwt, ISSUER, NO_JWTS } from './bad-jwts.js';

const service = useService('credentials', { AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE });

const bearer = (jwt: string): Headers => ({ authorization: `Bearer ${jwt}` });
const admin = bearer(goodJwt({ sub: 'anna', roles: ['admin'] }));
const open = (headers: Headers) =>
  service().http.send<Cart>('POST', '/v1/carts', { body: { currency: 'EUR' }, headers });
const priceReported = (sku: string) => ({
  type: 'product.price-reported',
  data: { sku, price: { amount: 199, currency: 'EUR' } },
});
const UNKNOWN = '/v1/carts/01a20748-0000-7000-8000-000000000000';

describe('a valid JWT', () => {
  it('names the customer', async () => {
    for (const sub of ['carla', 'c'.repeat(256), 'auth0|42', 'çarla 😀', "'; DROP TABLE event_log; --"]) {
      const headers = bearer(goodJwt({ sub }));
      const { status, body } = await open(headers);
      expect([status, body.customerId]).toEqual([201, sub]);
      const list = await service().http.get(
        `${UNKNOWN.slice(0, 9)}?customerId=${encodeURIComponent(sub)}`,
        admin,
      );
      expect(list.status).toBe(200);
      expect(await service().shop.look(body.id, headers)).toMatchObject({ status: 200, body });
    }
  });

  it('is valid in any notation of the scheme, and for one of several audiences', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      expect((await open({ authorization: `${scheme} ${goodJwt({ sub: scheme })}` })).status).toBe(201);
    }
    const several = goodJwt({ sub: 'several', aud: ['orders', AUDIENCE] });
    expect((await open(bearer(several))).status).toBe(201);
  });

  it('has the most powerful of its roles, and names a customer without any', async () => {
    const statusOf = async (roles: unknown) => {
      const answer = await service().http.get('/v1/carts', bearer(goodJwt({ roles })));
      return answer.status;
    };
    for (const roles of [['admin'], ['service'], ['customer', 'service'], ['service', 'admin']]) {
      expect([roles, await statusOf(roles)]).toEqual([roles, 200]);
    }
    for (const roles of [
      undefined,
      null,
      [],
      ['customer'],
      ['Admin'],
      ['admins'],
      [['admin']],
      'admin',
      { admin: true },
    ]) {
      expect([roles, await statusOf(roles)]).toEqual([roles, 403]);
    }
  });

  it('with the roles admin and service may do what either may', async () => {
    const report = { stream: 'product-BOTH-1', events: [priceReported('BOTH-1')] };
    const statusOf = async (roles: string[]) => {
      const headers = bearer(goodJwt({ sub: 'both', roles }));
      const [{ status: reported }, { status: listed }] = [
        await service().http.send('POST', '/v1/events', { body: report, headers }),
        await service().http.get('/v1/projections', headers),
      ];
      return [reported, listed];
    };
    expect(await statusOf(['admin', 'service'])).toEqual([201, 200]);
    expect(await statusOf(['admin'])).toEqual([403, 200]);
    expect(await statusOf(['service'])).toEqual([201, 403]);
  });
});

describe('an invalid JWT', () => {
  const targets = [
    ['GET', '/v1/products'],
    ['POST', '/v1/carts'],
    ['GET', '/v1/carts'],
    ['GET', UNKNOWN],
  ] as const;

  it.each(Object.entries(BAD_JWTS))('is refused wherever it is sent: %s', async (_what, jwt) => {
    for (const [method, target] of targets) {
      const parts = { headers: bearer(jwt), ...(method === 'POST' && { body: { currency: 'EUR' } }) };
      const answer = await service().http.send(method, target, parts);
      expectProblem(answer, '401 UNAUTHENTICATED');
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
      expect(answer.text).not.toMatch(/eyJ|carla|secret/);
    }
  });

  it.each(NO_JWTS)('is what is none: %s', async (authorization) => {
    for (const [method, target] of targets) {
      expectProblem(
        await service().http.send(method, target, { headers: { authorization } }),
        '401 UNAUTHENTICATED',
      );
    }
  });

  it('is one with the issuer or audience of another service', async () => {
    expectProblem(await open(as({ sub: 'carla' })), '401 UNAUTHENTICATED');
  });
});

describe('credentials are checked', () => {
  const send = (method: 'POST' | 'DELETE', target: string, headers: Headers, raw: string) =>
    service().http.send(method, target, { headers, raw });

  it.each([
    ['nobody', AS_NOBODY],
    ['an invalid JWT', bearer(goodJwt({ exp: 1 }))],
  ] as const)('after the route and what the body is, and before all else: %s', async (_who, caller) => {
    const items = `${UNKNOWN}/items`;
    expectProblem(await send('POST', '/v1/nowhere', caller, '{}'), '404 NOT_FOUND');
    expectProblem(await send('DELETE', '/v1/products', caller, '{}'), '405 METHOD_NOT_ALLOWED');
    expectProblem(await send('POST', items, caller, ' '.repeat(300 * 1024)), '413 PAYLOAD_TOO_LARGE');
    expectProblem(
      await send('POST', items, { ...caller, 'content-type': 'text/plain' }, '{}'),
      '415 UNSUPPORTED_MEDIA_TYPE',
    );
    expectProblem(await send('POST', items, caller, '{'), '400 MALFORMED_JSON');
    for (const raw of ['[]', '{"__proto__":1}', '{"sku":1}', `${'{"a":'.repeat(12)}1${'}'.repeat(12)}`]) {
      expectProblem(await send('POST', items, caller, raw), '401 UNAUTHENTICATED');
    }
    expectProblem(await send('POST', items, { ...caller, 'if-match': 'x' }, '{}'), '401 UNAUTHENTICATED');
  });

  it('before headers and body if a role is missing', async () => {
    const carla = bearer(goodJwt());
    expectProblem(await send('POST', '/v1/products/imports', carla, '{"x":1}'), '403 FORBIDDEN');
    expectProblem(await send('POST', '/v1/products/imports', carla, '[]'), '403 FORBIDDEN');
    expectProblem(await service().http.get('/v1/carts?limit=0', carla), '403 FORBIDDEN');
  });

  it('and an unknown cart is reported after headers and body', async () => {
    const carla = bearer(goodJwt());
    expectProblem(
      await send('POST', `${UNKNOWN}/items`, { ...carla, 'if-match': 'x' }, '{}'),
      '400 INVALID_HEADER',
    );
    expectProblem(await send('POST', `${UNKNOWN}/items`, carla, '{"sku":1}'), '400 VALIDATION_FAILED');
    expectProblem(
      await send('POST', `${UNKNOWN}/items`, carla, '{"sku":"NONE","quantity":1}'),
      '404 CART_NOT_FOUND',
    );
  });
});
