import { as, AS_NOBODY, AS_SERVICE, asCustomer, jwtOf } from '../support/credentials.js';
import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import { granted, type OpenedCart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const LIMIT = 3;
// Within an hour no window ends while a test runs.
const service = useService('rate', { RATE_LIMIT: `${LIMIT}/h`, TRUST_PROXY: 'loopback' });

const PRODUCTS = '/v1/products';
const look = (headers: Headers, target = PRODUCTS): Promise<Answer> => service().http.get(target, headers);
const from = (address: string): Headers => ({ ...AS_NOBODY, 'x-forwarded-for': address });

/** A JWT by somebody else. */
const forged = (sub: string): Headers => ({
  authorization: `Bearer ${jwtOf({ sub }, 'not the secret of this service, but as long')}`,
});

async function useUp(headers: Headers, target = PRODUCTS): Promise<Answer> {
  for (let count = 0; count < LIMIT; count++) {
    expect((await look(headers, target)).headers['ratelimit-remaining']).toBe(String(LIMIT - 1 - count));
  }
  return look(headers, target);
}

/** A guest who has opened a cart from some address of their own. */
async function guest(address: string): Promise<{ readonly path: string; readonly token: Headers }> {
  const opened = await service().http.send<OpenedCart>('POST', '/v1/carts', {
    body: { currency: 'EUR' },
    headers: from(address),
  });
  const { id, token = '' } = granted(opened);
  return { path: `/v1/carts/${id}`, token: { 'x-cart-token': token, 'x-forwarded-for': address } };
}

describe('a caller who sends more than the limit', () => {
  it('learns how many requests are left, and then when to return', async () => {
    const customer = asCustomer('counted');
    const first = await look(customer);
    expect(first.status).toBe(200);
    const wait = Number(first.headers['ratelimit-reset']);
    expect(wait).toBe(3_600);
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"caller";q=3;w=3600',
      ratelimit: '"caller";r=2;t=3600',
      'ratelimit-limit': '3',
      'ratelimit-remaining': '2',
    });
    expect((await look(customer)).headers['ratelimit-remaining']).toBe('1');
    expect((await look(customer)).headers['ratelimit-remaining']).toBe('0');
    const refused = await look(customer);
    expectProblem(refused, '429 RATE_LIMITED');
    expect(refused.headers).toMatchObject({ 'ratelimit-remaining': '0', 'ratelimit-limit': '3' });
    const retryAfter = Number(refused.headers['retry-after']);
    expect(refused.headers['ratelimit-reset']).toBe(String(retryAfter));
    expect(retryAfter).toBeGreaterThan(3_000);
    expect(retryAfter).toBeLessThanOrEqual(3_600);
  });

  it('gets no more through concurrently than in sequence', async () => {
    const customer = asCustomer('crowd');
    const body = { currency: 'EUR' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service().http.send('POST', '/v1/carts', { headers: customer, body })),
    );
    expect(answers.filter(({ status }) => status !== 429)).toHaveLength(LIMIT);
  });

  it('is refused before the body is read', async () => {
    const customer = asCustomer('hasty');
    await useUp(customer);
    const answer = await service().http.send('POST', '/v1/carts', { headers: customer, raw: '{"broken' });
    expectProblem(answer, '429 RATE_LIMITED');
  });
});

describe('callers', () => {
  it('are counted separately: a customer by the subject, from any address', async () => {
    const anna = { ...asCustomer('anna-1'), 'x-forwarded-for': '198.51.100.1' };
    const bert = { ...asCustomer('bert-1'), 'x-forwarded-for': '198.51.100.1' };
    expectProblem(await useUp(anna), '429 RATE_LIMITED');
    expectProblem(await look({ ...anna, 'x-forwarded-for': '198.51.100.2' }), '429 RATE_LIMITED');
    expect((await look(bert)).status).toBe(200);
    expect((await look(from('198.51.100.1'))).status).toBe(200);
  });

  it('include admins but not services', async () => {
    expectProblem(await useUp(as({ sub: 'boss', roles: ['admin'] })), '429 RATE_LIMITED');
    for (const free of [AS_SERVICE, as({ sub: 'both', roles: ['admin', 'service'] })]) {
      for (let count = 0; count < 3 * LIMIT; count++) {
        const { status, headers } = await look(free);
        expect([status, headers['ratelimit'], headers['ratelimit-limit']]).toEqual([
          200,
          undefined,
          undefined,
        ]);
      }
    }
  });

  it('are carts if a guest has the token, in any case of the id', async () => {
    const one = await guest('198.51.100.10');
    const other = await guest('198.51.100.10');
    expect((await look(one.token, one.path)).status).toBe(200);
    expect((await look(one.token, one.path.toUpperCase().replace('/V1/CARTS', '/v1/carts'))).status).toBe(
      200,
    );
    const moved = { ...one.token, 'x-forwarded-for': '198.51.100.11' };
    expect((await look(moved, one.path)).headers['ratelimit-remaining']).toBe('0');
    expectProblem(await look(one.token, one.path), '429 RATE_LIMITED');
    expect((await look(other.token, other.path)).headers['ratelimit-remaining']).toBe('2');
  });

  it('are addresses if the token is wrong', async () => {
    const { path } = await guest('198.51.100.20');
    const thief = { 'x-cart-token': 'guessed', 'x-forwarded-for': '198.51.100.21' };
    for (let count = 0; count < LIMIT; count++) expect((await look(thief, path)).status).toBe(404);
    expectProblem(await look(thief, path), '429 RATE_LIMITED');
    expectProblem(await look(from('198.51.100.21')), '429 RATE_LIMITED');
  });

  it('are addresses if the JWT is invalid', async () => {
    const there = { 'x-forwarded-for': '198.51.100.30' };
    for (let count = 0; count < LIMIT; count++) {
      expectProblem(await look({ ...forged(`x-${count}`), ...there }), '401 UNAUTHENTICATED');
    }
    expectProblem(await look({ ...forged('x-last'), ...there }), '429 RATE_LIMITED');
    expectProblem(await look(from('198.51.100.30')), '429 RATE_LIMITED');
  });

  it('with a JWT that was verified before pass at an exhausted address; others wait', async () => {
    const there = { 'x-forwarded-for': '198.51.100.31' };
    const known = asCustomer('known-neighbour');
    expect((await look({ ...known, 'x-forwarded-for': '198.51.100.32' })).status).toBe(200);
    for (let count = 0; count < LIMIT; count++) {
      expectProblem(await look({ ...forged(`y-${count}`), ...there }), '401 UNAUTHENTICATED');
    }
    expect((await look({ ...known, ...there })).status).toBe(200);
    for (const unknown of [asCustomer('new-neighbour'), as({ sub: 'new-till', roles: ['service'] })]) {
      const refused = await look({ ...unknown, ...there });
      expectProblem(refused, '429 RATE_LIMITED');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
      expect((await look({ ...unknown, 'x-forwarded-for': '198.51.100.33' })).status).toBe(200);
      expect((await look({ ...unknown, ...there })).status).toBe(200);
    }
  });

  it('are addresses without the ports that some proxies append', async () => {
    for (const address of ['198.51.100.35', '198.51.100.35:1024', '198.51.100.35:65535']) {
      expect((await look(from(address))).status).toBe(200);
    }
    expectProblem(await look(from('198.51.100.35:4711')), '429 RATE_LIMITED');
    for (const address of ['[2001:db8:0:9::1]:80', '[2001:db8:0:9::2]', '2001:db8:0:9::3']) {
      expect((await look(from(address))).status).toBe(200);
    }
    expectProblem(await look(from('[2001:db8:0:9::4]:443')), '429 RATE_LIMITED');
    expectProblem(await look(from('198.51.100.35:7, 127.0.0.1:8080')), '429 RATE_LIMITED');
  });

  it('are subnets of IPv6, as one household owns all its addresses', async () => {
    for (const address of ['2001:db8:0:7::1', '2001:db8:0:7::2', '2001:db8:0:7:a:b:c:d']) {
      expect((await look(from(address))).status).toBe(200);
    }
    expectProblem(await look(from('2001:db8:0:7::4')), '429 RATE_LIMITED');
    expect((await look(from('2001:db8:0:8::1'))).status).toBe(200);
  });
});

describe('X-Forwarded-For', () => {
  it('names the last address before the trusted proxies', async () => {
    await useUp(from('198.51.100.40'));
    expectProblem(await look(from('198.51.100.99, 198.51.100.40')), '429 RATE_LIMITED');
    expectProblem(await look(from('198.51.100.40, 127.0.0.1')), '429 RATE_LIMITED');
  });
});

it('does not limit health, metrics and documentation', async () => {
  for (const target of [
    '/health/live',
    '/health/ready',
    '/metrics',
    '/openapi.json',
    '/asyncapi.json',
    '/docs',
  ]) {
    for (let count = 0; count <= LIMIT; count++) {
      const { status, headers } = await look(from('198.51.100.50'), target);
      expect([target, status, headers['ratelimit-limit']]).toEqual([target, 200, undefined]);
    }
  }
});
