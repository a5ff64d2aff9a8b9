import { expectProblem } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('change');

const NOBODY = '01a20748-0000-7000-8000-000000000000';

let cart: Cart;
let mug: Item;
let tea: Item;

beforeAll(async () => {
  await service().shop.stock('MUG-1', 1000);
  await service().shop.stock('TEA-1', 300);
});

beforeEach(async () => {
  cart = await service().shop.open([
    { sku: 'MUG-1', quantity: 2 },
    { sku: 'TEA-1', quantity: 4 },
  ]);
  [mug, tea] = cart.items as [Item, Item];
});

const eventTypes = async () => (await service().shop.history(cart.id)).slice(3).map(({ type }) => type);

it('changes a quantity', async () => {
  const answer = await service().shop.changeQuantity(cart.id, mug.id, 5);
  expect(answer).toMatchObject({ status: 200, headers: { etag: '"4"' } });
  expect(answer.body).toMatchObject({ version: 4, quantity: 9, total: { amount: 6200 } });
  expect(answer.body.items).toEqual([{ ...mug, quantity: 5, total: { amount: 5000, currency: 'EUR' } }, tea]);
});

it('keeps the price of an item whose quantity changes', async () => {
  await service().shop.stock('MUG-1', 1100);
  const { body } = await service().shop.changeQuantity(cart.id, mug.id, 3);
  expect(body.items[0]).toMatchObject({ quantity: 3, unitPrice: { amount: 1000 }, total: { amount: 3000 } });
  await service().shop.stock('MUG-1', 1000);
});

it('changes nothing when the quantity is the same', async () => {
  const answer = await service().shop.changeQuantity(cart.id, mug.id, 2);
  expect(answer).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: cart });
  expect(await eventTypes()).toEqual([]);
});

it('removes an item whose quantity becomes 0', async () => {
  const { status, body } = await service().shop.changeQuantity(cart.id, mug.id, 0);
  expect({ status, items: body.items }).toEqual({ status: 200, items: [tea] });
  expect(await eventTypes()).toEqual(['cart.item-removed']);
});

it('removes an item', async () => {
  const { status, headers, body } = await service().shop.remove(cart.id, tea.id);
  expect({ status, etag: headers['etag'], items: body.items }).toEqual({
    status: 200,
    etag: '"4"',
    items: [mug],
  });
  expectProblem(await service().shop.remove(cart.id, tea.id), '404 ITEM_NOT_FOUND');
  expect(await eventTypes()).toEqual(['cart.item-removed']);
});

it('adds a removed product again as a new item at the end', async () => {
  await service().shop.remove(cart.id, mug.id);
  const { status, body } = await service().shop.add(cart.id, { sku: 'MUG-1' });
  expect(status).toBe(201);
  expect(body.items.map(({ sku }) => sku)).toEqual(['TEA-1', 'MUG-1']);
  expect(body.items[1]?.id).not.toBe(mug.id);
});

it('clears a cart, and changes nothing in an empty one', async () => {
  const cleared = await service().shop.clear(cart.id);
  expect(cleared.body).toMatchObject({
    version: 4,
    items: [],
    itemCount: 0,
    quantity: 0,
    total: { amount: 0 },
  });
  const again = await service().shop.clear(cart.id);
  expect(again).toMatchObject({ status: 200, headers: { etag: '"4"' }, body: cleared.body });
  expect(await eventTypes()).toEqual(['cart.cleared']);
});

it('answers 404 for an item of another cart', async () => {
  const other = await service().shop.open();
  const { shop } = service();
  for (const itemId of [mug.id, NOBODY, 'no-uuid']) {
    expectProblem(await shop.changeQuantity(other.id, itemId, 1), '404 ITEM_NOT_FOUND');
    expectProblem(await shop.remove(other.id, itemId), '404 ITEM_NOT_FOUND');
  }
});

it('answers 404 for an unknown cart', async () => {
  const { shop } = service();
  for (const cartId of [NOBODY, 'no-uuid', mug.id]) {
    expectProblem(await shop.add(cartId, { sku: 'MUG-1' }), '404 CART_NOT_FOUND');
    expectProblem(await shop.changeQuantity(cartId, mug.id, 1), '404 CART_NOT_FOUND');
    expectProblem(await shop.remove(cartId, mug.id), '404 CART_NOT_FOUND');
    expectProblem(await shop.clear(cartId), '404 CART_NOT_FOUND');
    expectProblem(await shop.change(cartId, [{ op: 'remove', itemId: mug.id }]), '404 CART_NOT_FOUND');
    expectProblem(await shop.reprice(cartId), '404 CART_NOT_FOUND');
    expectProblem(await shop.discard(cartId), '404 CART_NOT_FOUND');
    expectProblem(await shop.look(cartId), '404 CART_NOT_FOUND');
  }
});

it('accepts ids in upper and lower case', async () => {
  const { body } = await service().shop.remove(cart.id.toUpperCase(), mug.id.toUpperCase());
  expect(body).toMatchObject({ id: cart.id, items: [tea] });
});
