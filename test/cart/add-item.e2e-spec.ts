import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('add');

const euros = (amount: number) => ({ amount, currency: 'EUR' });

it('answers 201 for a new item and 200 for more of it', async () => {
  const { shop } = service();
  await shop.stock('MUG-1', 1999);
  const { id } = await shop.open();

  const added = await shop.add(id, { sku: 'MUG-1', quantity: 2 });
  expect(added).toMatchObject({ status: 201, headers: { etag: '"2"' }, body: { version: 2, itemCount: 1 } });
  const more = await shop.add(id, { sku: 'MUG-1', quantity: 3 });
  expect(more).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: { version: 3, itemCount: 1 } });
  const [item] = added.body.items;
  expect(more.body.items).toEqual([{ ...item, quantity: 5, total: euros(9995) }]);
  expect(more.body).toMatchObject({ quantity: 5, total: euros(9995), updatedAt: more.body.updatedAt });
});

it('gives the whole item the newest name and price', async () => {
  const { shop } = service();
  await shop.stock('TEA-1', 400);
  const { id } = await shop.open([{ sku: 'TEA-1', quantity: 2 }]);
  await shop.stock('TEA-1', 450, { name: 'Fine tea' });
  const { status, body } = await shop.add(id, { sku: 'TEA-1', quantity: 1 });
  expect(status).toBe(200);
  expect(body.items).toMatchObject([
    { name: 'Fine tea', quantity: 3, unitPrice: euros(450), total: euros(1350) },
  ]);
  expect(body).toMatchObject({ total: euros(1350), notices: [] });
});

it('distinguishes items of one SKU by their options', async () => {
  const { shop } = service();
  await shop.stock('SHIRT', 1500);
  const { id } = await shop.open();
  const add = async (options?: Record<string, string>) =>
    (await shop.add(id, { sku: 'SHIRT', ...(options && { options }) })).status;

  expect(await add({ size: 'M', colour: 'red' })).toBe(201);
  expect(await add({ colour: 'red', size: 'M' })).toBe(200);
  expect(await add({ size: 'M' })).toBe(201);
  expect(await add({ size: 'm' })).toBe(201);
  expect(await add({ size: 'M', colour: '' })).toBe(201);
  expect(await add()).toBe(201);
  expect(await add({})).toBe(200);
  const cart = await shop.cart(id, 8);
  expect(cart.items.map(({ options, quantity }) => [options, quantity])).toEqual([
    [{ size: 'M', colour: 'red' }, 2],
    [{ size: 'M' }, 1],
    [{ size: 'm' }, 1],
    [{ size: 'M', colour: '' }, 1],
    [{}, 2],
  ]);
});

it('ignores the order of keys after the cart was loaded from the log', async () => {
  const { shop } = service();
  await shop.stock('BED');
  const { id } = await shop.open([{ sku: 'BED', quantity: 1, options: { z: '1', a: '2', longer: '3' } }]);
  await service().stop();
  await service().launch();
  const { status, body } = await service().shop.add(id, {
    sku: 'BED',
    options: { longer: '3', a: '2', z: '1' },
  });
  expect({ status, quantity: body.items[0]?.quantity }).toEqual({ status: 200, quantity: 2 });
});

it.each([
  ['a product that the catalogue does not know', 'NONE', '404 PRODUCT_NOT_FOUND'],
  ['a SKU in another case', 'mug-2', '404 PRODUCT_NOT_FOUND'],
  ['a product that is not for sale', 'GONE-1', '422 PRODUCT_NOT_SELLABLE'],
  ['a product that is sold in another currency', 'USD-1', '422 CURRENCY_MISMATCH'],
])('refuses %s', async (_name, sku, refusal) => {
  const { shop } = service();
  await shop.stock('MUG-2');
  await shop.stock('GONE-1', 100, { active: false });
  await shop.stock('USD-1', 100, { price: { amount: 100, currency: 'USD' } });
  const { id } = await shop.open();
  expectProblem(await shop.add(id, { sku }), refusal);
  expect(await shop.history(id)).toHaveLength(1);
});

it('accepts a product with price 0', async () => {
  const { shop } = service();
  await shop.stock('GIFT', 0);
  const { id } = await shop.open();
  expect((await shop.add(id, { sku: 'GIFT', quantity: 7 })).body).toMatchObject({
    quantity: 7,
    total: euros(0),
  });
});

it('accepts a SKU with every character that a SKU may have', async () => {
  const { shop, http } = service();
  const sku = `Aa0._:- ${'x'.repeat(55)}Z`;
  expect(sku).toHaveLength(64);
  await shop.stock(sku);
  expect((await http.get(`/v1/products/${encodeURIComponent(sku)}`)).body).toMatchObject({ sku });
  const { id } = await shop.open();
  expect((await shop.add(id, { sku })).body.items).toMatchObject([{ sku }]);
});
