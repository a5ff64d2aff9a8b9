import type { Answer } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import { granted, type Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('manners');

let cart: Cart;

beforeAll(() => service().shop.stock('MUG-1', 1999));

beforeEach(async () => {
  cart = await service().shop.open([{ sku: 'MUG-1', quantity: 1 }]);
});

const path = (text: string) => text.replace('{cartId}', cart.id).replace('{itemId}', cart.items[0]?.id ?? '');
const addRaw = (raw: string, headers = {}) =>
  service().http.send<Cart>('POST', `/v1/carts/${cart.id}/items`, { raw, headers });

describe('methods', () => {
  it.each([
    ['DELETE', '/v1/carts', 'GET, HEAD, POST'],
    ['PUT', '/v1/carts/{cartId}', 'GET, HEAD, DELETE'],
    ['POST', '/v1/carts/{cartId}', 'GET, HEAD, DELETE'],
    ['PUT', '/v1/carts/{cartId}/items', 'GET, HEAD, POST, PATCH, DELETE'],
    ['GET', '/v1/carts/{cartId}/items/{itemId}', 'PATCH, DELETE'],
    ['HEAD', '/v1/carts/{cartId}/items/{itemId}', 'PATCH, DELETE'],
    ['GET', '/v1/carts/{cartId}/repricings', 'POST'],
    ['DELETE', '/v1/carts/{cartId}/events', 'GET, HEAD'],
    ['POST', '/v1/products', 'GET, HEAD'],
    ['DELETE', '/v1/products/MUG-1', 'GET, HEAD, PUT'],
    ['POST', '/v1/products/MUG-1', 'GET, HEAD, PUT'],
    ['OPTIONS', '/v1/carts', 'GET, HEAD, POST'],
    ['PROPFIND', '/v1/carts', 'GET, HEAD, POST'],
    ['TRACE', '/health/live', 'GET, HEAD'],
    ['POST', '/health/ready', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['POST', '/asyncapi.json', 'GET, HEAD'],
  ])('%s %s is not allowed, and what is allowed is told', async (method, target, allow) => {
    const answer = await service().http.send(method, path(target));
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
    if (method !== 'HEAD') expectProblem(answer, '405 METHOD_NOT_ALLOWED');
  });

  it.each([
    '/v1/carts/{cartId}',
    '/v1/carts/{cartId}/items',
    '/v1/carts/{cartId}/events',
    '/v1/products',
    '/health/live',
  ])('HEAD %s answers like GET, without the body', async (target) => {
    const get = await service().http.get(path(target));
    const head = await service().http.send('HEAD', path(target));
    expect(head).toMatchObject({ status: 200, text: '' });
    for (const name of ['content-type', 'content-length', 'etag']) {
      expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
    }
  });

  it('HEAD of an unknown resource has no body either', async () => {
    const target = '/v1/carts/01a20748-0000-7000-8000-000000000000';
    expect(await service().http.send('HEAD', target)).toMatchObject({ status: 404, text: '' });
  });
});

describe('request ids', () => {
  it('are accepted or made, and returned with every answer', async () => {
    const sent = 'a~!"#$%&x'.padEnd(128, '.');
    const { http } = service();
    for (const target of [
      '/v1/carts',
      '/v1/nowhere',
      '/health/live',
      '/openapi.json',
      '/asyncapi.json',
      '/docs',
    ]) {
      expect((await http.get(target, { 'x-request-id': sent })).headers['x-request-id']).toBe(sent);
      const [one, other] = [await http.get(target), await http.get(target, { 'x-request-id': `${sent}.` })];
      expect(one.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(other.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(other.headers['x-request-id']).not.toBe(one.headers['x-request-id']);
    }
  });
});

describe('bodies', () => {
  it('are JSON in UTF-8, with or without a charset', async () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON;charset="UTF-8"',
    ]) {
      const answer = await addRaw('{"sku":"MUG-1","quantity":1}', { 'content-type': type });
      expect(answer.status).toBe(200);
    }
    const refused = await addRaw('{}', { 'content-type': 'text/plain' });
    expectProblem(refused, '415 UNSUPPORTED_MEDIA_TYPE');
    expect(refused.headers['accept']).toBe('application/json');
  });

  it('use the last of several fields with one name', async () => {
    const answer = await addRaw('{"sku":"NONE","quantity":7,"sku":"MUG-1","quantity":2}');
    expect(answer).toMatchObject({ status: 200, body: { quantity: 3 } });
  });

  it('accept any notation of an integer', async () => {
    const answer = await addRaw('{"sku":"MUG-1","quantity":2.0e0}');
    expect(answer).toMatchObject({ status: 200, body: { quantity: 3 } });
  });

  it('can be 256 KiB', async () => {
    expect((await addRaw('{"sku":"MUG-1","quantity":1}'.padEnd(256 * 1024))).status).toBe(200);
  });
});

describe('the service after excessive requests', () => {
  it('still answers on the same connections', async () => {
    const tooLarge = ' '.repeat(300 * 1024);
    const answers: Answer[] = [];
    for (let times = 0; times < 20; times += 1) answers.push(await addRaw(tooLarge));
    for (const answer of answers) expectProblem(answer, '413 PAYLOAD_TOO_LARGE');
    expect(granted(await service().shop.look(cart.id)).version).toBe(2);
  });
});
