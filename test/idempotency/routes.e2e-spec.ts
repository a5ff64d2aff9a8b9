import { randomUUID } from 'node:crypto';
import {
  examplesOf,
  filledIn,
  operationsOf,
  type OpenApiDocument,
  type Operation,
} from '../api/openapi-document.js';
import { AS_ADMIN, AS_SERVICE } from '../support/credentials.js';
import { eventCount } from '../support/event-count.js';
import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { gist, isReplayed, keyed } from './keys.js';

const service = useService('idempotent_routes');

/**
 * Every route that changes something, by the document. Those of parked events need some: see
 * `parked-events.int-spec.ts`.
 */
let operations: readonly Operation[];
beforeAll(async () => {
  await service().shop.stockAll(['MUG-1', 'TEA-1'], 1234);
  const { body } = await service().http.get<OpenApiDocument>('/openapi.json');
  operations = operationsOf(body).filter(
    ({ method, path }) => method !== 'GET' && !path.includes('/parked-events'),
  );
});

const open = (): Promise<Cart> =>
  service().shop.open(['MUG-1', 'TEA-1'].map((sku) => ({ sku, quantity: 1 })));

/** Sends what the document shows. */
function call({ method, path, requestBody }: Operation, cart: Cart, headers: Headers): Promise<Answer> {
  const [body] = requestBody === undefined ? [] : examplesOf(requestBody.content);
  const raw = body === undefined ? {} : { raw: filledIn(JSON.stringify(body), cart) };
  return service().http.send(method, filledIn(path, cart), { headers, ...raw });
}
const count = () => eventCount(service().commandDatabaseUrl);

it('has one effect and one answer on every route', async () => {
  expect(operations.length).toBeGreaterThanOrEqual(11);
  for (const operation of operations) {
    const name = `${operation.method} ${operation.path}`;
    const cart = await open();
    const headers = keyed();
    const answer = await call(operation, cart, headers);
    expect([name, answer.text, Math.floor(answer.status / 100)]).toEqual([name, answer.text, 2]);
    expect([name, isReplayed(answer)]).toEqual([name, false]);
    const before = await count();
    const repeats = await Promise.all([1, 2, 3].map(() => call(operation, cart, headers)));
    for (const repeat of repeats) {
      expect([name, gist(repeat), isReplayed(repeat)]).toEqual([name, gist(answer), true]);
    }
    expect([name, await count()]).toEqual([name, before]);
  }
});

it('refuses another request under the same key on every route that takes a body', async () => {
  const { http } = service();
  const bodies: readonly (readonly [method: string, path: string, one: object, other: object])[] = [
    ['POST', '/v1/carts', { currency: 'EUR' }, { currency: 'USD' }],
    ['POST', '/v1/carts/{cartId}/items', { sku: 'MUG-1', quantity: 1 }, { sku: 'MUG-1', quantity: 2 }],
    ['PATCH', '/v1/carts/{cartId}/items/{itemId}', { quantity: 3 }, { quantity: 4 }],
    ['PUT', '/v1/products/NEW-1', priced(1), priced(2)],
    ['POST', '/v1/products/imports', { products: [sold(1)] }, { products: [sold(2)] }],
    ['POST', '/v1/events', reported(1), reported(2)],
  ];
  for (const [method, path, one, other] of bodies) {
    const cart = await open();
    const headers = keyed();
    const send = (body: object) => http.send(method, filledIn(path, cart), { body, headers });
    const answer = await send(one);
    expect([path, answer.text, Math.floor(answer.status / 100)]).toEqual([path, answer.text, 2]);
    const before = await count();
    const refused = await send(other);
    expectProblem(refused, '422 IDEMPOTENCY_KEY_REUSED');
    expect([path, isReplayed(refused), await count()]).toEqual([path, false, before]);
    expect([path, gist(await send(one))]).toEqual([path, gist(answer)]);
  }
});

it('refuses another method under the key of a path', async () => {
  const [cart, headers] = [await open(), keyed()];
  expect((await service().shop.clear(cart.id, headers)).status).toBe(200);
  expectProblem(await service().shop.add(cart.id, { sku: 'MUG-1' }, headers), '422 IDEMPOTENCY_KEY_REUSED');
});

it('treats the same key of another caller or path as another key', async () => {
  const { shop, http } = service();
  const [cart, other] = [await open(), await open()];
  const key = keyed('the-same');
  for (const [id, caller, quantity] of [
    [cart.id, {}, 2],
    [cart.id, AS_ADMIN, 3],
    [cart.id, AS_SERVICE, 4],
    [other.id, {}, 2],
  ] as const) {
    const answer = await shop.add(id, { sku: 'MUG-1' }, { ...key, ...caller });
    expect([answer.status, isReplayed(answer)]).toEqual([200, false]);
    expect(answer.body.items).toMatchObject([{ quantity }, { quantity: 1 }]);
  }
  for (const sku of ['KEY-1', 'KEY-2']) {
    const { status } = await http.send('PUT', `/v1/products/${sku}`, { body: priced(1), headers: key });
    expect(status).toBe(201);
  }
});

it('recognises a body with another order of keys, and a quoted header', async () => {
  const { http } = service();
  const [cart, key] = [await open(), randomUUID()];
  const send = (raw: string, sent: string) =>
    http.send<Cart>('POST', `/v1/carts/${cart.id}/items`, { raw, headers: { 'idempotency-key': sent } });
  const answer = await send('{"sku":"MUG-1","quantity":1,"options":{"a":"1","b":"2"}}', key);
  const repeat = await send('{"options":{"b":"2","a":"1"},"quantity":1.0, "sku":"MUG-1"}', `"${key}"`);
  expect(gist(repeat)).toEqual(gist(answer));
  expect(isReplayed(repeat)).toBe(true);
});

it('ignores the case of ids in the path, but not of SKUs', async () => {
  const { shop, http } = service();
  const [cart, headers] = [await open(), keyed()];
  const answer = await shop.add(cart.id, { sku: 'MUG-1' }, headers);
  const repeat = await shop.add(cart.id.toUpperCase(), { sku: 'MUG-1' }, headers);
  expect([gist(repeat), isReplayed(repeat)]).toEqual([gist(answer), true]);
  for (const sku of ['cased-1', 'CASED-1']) {
    const { status } = await http.send('PUT', `/v1/products/${sku}`, { body: priced(1), headers });
    expect(status).toBe(201);
  }
});

it('ignores the key of a read', async () => {
  const cart = await open();
  expect((await service().shop.look(cart.id, { 'idempotency-key': '' })).status).toBe(200);
});

const priced = (amount: number) => ({ name: 'A mug', price: { amount, currency: 'EUR' } });
const sold = (amount: number) => ({ sku: 'BULK-1', ...priced(amount) });
const reported = (amount: number) => ({
  stream: 'product-MUG-1',
  events: [{ type: 'product.price-reported', data: { sku: 'MUG-1', price: { amount, currency: 'EUR' } } }],
});
