import { expectProblem } from '../support/problem.js';
import type { Cart, History, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('history');

const page = (cartId: string, query: string) =>
  service().http.get<History>(`/v1/carts/${cartId}/events?${query}`);

beforeAll(() => service().shop.stock('MUG-1', 1000));

it('shows every event of a cart with its data', async () => {
  const { shop } = service();
  const { id } = await shop.open();
  const { body } = await shop.add(id, { sku: 'MUG-1', quantity: 2, options: { colour: 'blue' } });
  const itemId = (body.items as [Item])[0].id;
  await shop.changeQuantity(id, itemId, 3);
  await shop.stock('MUG-1', 1100);
  await shop.reprice(id);
  await shop.remove(id, itemId);
  await shop.add(id, { sku: 'MUG-1' });
  await shop.clear(id);
  await shop.discard(id);
  await shop.stock('MUG-1', 1000);

  const events = await shop.history(id);
  expect(events.map(({ type, version, data }) => ({ type, version, data }))).toMatchObject([
    { version: 1, type: 'cart.opened', data: { currency: 'EUR', customerId: null } },
    {
      version: 2,
      type: 'cart.item-added',
      data: { itemId, sku: 'MUG-1', quantity: 2, unitPrice: 1000, options: { colour: 'blue' } },
    },
    { version: 3, type: 'cart.item-quantity-changed', data: { itemId, quantity: 3 } },
    { version: 4, type: 'cart.item-repriced', data: { itemId, unitPrice: 1100 } },
    { version: 5, type: 'cart.item-removed', data: { itemId } },
    { version: 6, type: 'cart.item-added', data: { sku: 'MUG-1', quantity: 1, unitPrice: 1100 } },
    { version: 7, type: 'cart.cleared' },
    { version: 8, type: 'cart.discarded' },
  ]);
  for (const { data } of events) expect(data['cartId']).toBe(id);
});

it('shows actor, time and request of each event', async () => {
  const { shop } = service();
  const { id, createdAt } = await shop.open();
  await shop.add(id, { sku: 'MUG-1' }, { 'x-request-id': 'request/42~!' });
  const { 'x-request-id': made } = (await shop.add(id, { sku: 'MUG-1' })).headers;

  const events = await shop.history(id);
  expect(events.map((event) => Object.keys(event).sort())).toEqual(
    Array(3).fill([
      'actor',
      'causationId',
      'correlationId',
      'data',
      'id',
      'occurredAt',
      'position',
      'type',
      'version',
    ]),
  );
  expect(events.slice(1).map(({ correlationId }) => correlationId)).toEqual(['request/42~!', made]);
  for (const { actor, causationId, correlationId } of events) {
    expect(actor).toEqual({ type: 'guest', id: null });
    expect(causationId).toBe(correlationId);
  }
  const positions = events.map(({ position }) => position);
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
  const times = events.map(({ occurredAt }) => occurredAt);
  expect(times[0]).toBe(createdAt);
  expect(times).toEqual([...times].sort());
  for (const time of times) expect(new Date(time).toISOString()).toBe(time);
});

it('makes a request id if the caller sent an invalid one', async () => {
  const { id } = await service().shop.open();
  for (const sent of ['x'.repeat(129), 'two words']) {
    const { headers } = await service().shop.add(id, { sku: 'MUG-1' }, { 'x-request-id': sent });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await service().shop.history(id)).at(-1)?.correlationId).toBe(headers['x-request-id']);
  }
});

it('is paged; each page says where the next one begins', async () => {
  const { shop } = service();
  const { id } = await shop.open(Array.from({ length: 4 }, (_, index) => wish(index)));
  const pages = await Promise.all(['limit=2', 'after=2&limit=2', 'after=4&limit=2'].map((q) => page(id, q)));
  expect(
    pages.map(({ status, body }) => [status, body.events.map(({ version }) => version), body.next]),
  ).toEqual([
    [200, [1, 2], 2],
    [200, [3, 4], 4],
    [200, [5], null],
  ]);
});

it('ends even if the last page is full', async () => {
  const { id } = await service().shop.open([wish(0)]);
  expect((await page(id, 'limit=2')).body).toMatchObject({ events: [{}, {}], next: null });
});

it('has nothing after the last version', async () => {
  const { id } = await service().shop.open();
  for (const after of [1, 2, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
    expect((await page(id, `after=${after}`)).body).toEqual({ events: [], next: null });
  }
});

it('has pages of 100 events by default, and of 1,000 at most', async () => {
  const { shop } = service();
  const cart: Cart = await shop.open(Array.from({ length: 100 }, (_, index) => wish(index)));
  expect((await page(cart.id, '')).body).toMatchObject({ events: { length: 100 }, next: 100 });
  expect((await page(cart.id, 'limit=1000')).body).toMatchObject({ events: { length: 101 }, next: null });
  expectProblem(await page(cart.id, 'limit=1001'), '400 VALIDATION_FAILED');
});

it('stays after the cart is discarded, and is 404 for an unknown cart', async () => {
  const { id } = await service().shop.open();
  await service().shop.discard(id);
  expect(await service().shop.history(id)).toHaveLength(2);
  for (const unknown of ['01a20748-0000-7000-8000-000000000000', 'no-uuid']) {
    expectProblem(await page(unknown, ''), '404 CART_NOT_FOUND');
  }
});

function wish(index: number) {
  return { sku: 'MUG-1', quantity: 1, options: { text: `no. ${index}` } };
}
