import { eventCount } from '../support/event-count.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import { withoutToken, type OpenedCart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('open');

const open = async (body: unknown) => {
  const answer = await service().http.send<OpenedCart>('POST', '/v1/carts', { body });
  return { ...answer, body: withoutToken(answer.body) };
};

const events = () => eventCount(service().commandDatabaseUrl);

beforeAll(async () => {
  await service().shop.stock('MUG-1', 1999);
  await service().shop.stock('TEA-1', 450);
  await service().shop.stock('USD-1', 100, { price: { amount: 100, currency: 'USD' } });
  await service().shop.stock('GONE-1', 100, { active: false });
});

it('opens an empty cart', async () => {
  const before = Date.now();
  const answer = await open({ currency: 'EUR' });
  expect(answer.status).toBe(201);
  const { id, createdAt } = answer.body;
  expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(answer.headers).toMatchObject({ location: `/v1/carts/${id}`, etag: '"1"' });
  expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Math.abs(Date.parse(createdAt) - before)).toBeLessThan(5_000);
  expect(answer.body).toEqual({
    id,
    version: 1,
    status: 'active',
    customerId: null,
    currency: 'EUR',
    items: [],
    itemCount: 0,
    quantity: 0,
    total: { amount: 0, currency: 'EUR' },
    notices: [],
    createdAt,
    updatedAt: createdAt,
  });
});

it('shows the cart at its Location as it was answered', async () => {
  const answer = await open({ currency: 'EUR', items: [{ sku: 'MUG-1', quantity: 2 }] });
  const shown = await service().http.get(String(answer.headers['location']));
  expect(shown).toMatchObject({ status: 200, headers: { etag: answer.headers['etag'] }, body: answer.body });
});

it('opens a cart with items, names and prices from the catalogue', async () => {
  const items = [
    { sku: 'MUG-1', quantity: 2, options: { colour: 'blue' } },
    { sku: 'TEA-1', quantity: 3 },
  ];
  const { status, headers, body } = await open({ currency: 'EUR', items });
  expect({ status, etag: headers['etag'] }).toEqual({ status: 201, etag: '"3"' });
  const euros = (amount: number) => ({ amount, currency: 'EUR' });
  const mugs = { sku: 'MUG-1', name: 'Product MUG-1', options: { colour: 'blue' }, quantity: 2 };
  const teas = { sku: 'TEA-1', name: 'Product TEA-1', options: {}, quantity: 3 };
  expect(body).toMatchObject({ version: 3, itemCount: 2, quantity: 5, total: euros(5348) });
  expect(body.items).toEqual([
    { ...mugs, id: body.items[0]?.id, unitPrice: euros(1999), total: euros(3998), addedAt: body.createdAt },
    { ...teas, id: body.items[1]?.id, unitPrice: euros(450), total: euros(1350), addedAt: body.createdAt },
  ]);
});

it('adds up the same SKU with the same options in one request', async () => {
  const mug = { sku: 'MUG-1', quantity: 2 };
  const { body } = await open({
    currency: 'EUR',
    items: [mug, { ...mug, options: {} }, { ...mug, options: { a: '' } }],
  });
  expect(body.items.map(({ quantity, options }) => ({ quantity, options }))).toEqual([
    { quantity: 4, options: {} },
    { quantity: 2, options: { a: '' } },
  ]);
});

it('opens a new cart with each request', async () => {
  const carts = await Promise.all(Array.from({ length: 10 }, () => open({ currency: 'EUR' })));
  expect(new Set(carts.map(({ body }) => body.id)).size).toBe(10);
});

it('accepts 100 items', async () => {
  const items = Array.from({ length: 100 }, (_, index) => ({
    sku: 'MUG-1',
    quantity: 1,
    options: { text: String(index) },
  }));
  expect((await open({ currency: 'EUR', items })).body).toMatchObject({ version: 101, itemCount: 100 });
});

it.each<[string, string, object]>([
  ['an unknown product', '404 PRODUCT_NOT_FOUND', { sku: 'NONE' }],
  ['a product in another currency', '422 CURRENCY_MISMATCH', { sku: 'USD-1' }],
  ['a product that is not for sale', '422 PRODUCT_NOT_SELLABLE', { sku: 'GONE-1' }],
  ['a quantity of 0', '422 QUANTITY_OUT_OF_RANGE', { quantity: 0 }],
  ['a quantity that adds up beyond 999,999', '422 QUANTITY_OUT_OF_RANGE', { quantity: 999_998 }],
])('opens nothing at all when one of the items is %s', async (_name, refusal, flaw) => {
  const before = await events();
  const good = { sku: 'MUG-1', quantity: 2 };
  const problem = expectProblem(
    await open({ currency: 'EUR', items: [good, { ...good, ...flaw }, good] }),
    refusal,
  );
  expect(pointersOf(problem)).toEqual(['/items/1']);
  expect(await events()).toBe(before);
});
