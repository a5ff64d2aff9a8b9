import { expectProblem } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('discard');

let cart: Cart;
let mug: Item;

beforeEach(async () => {
  await service().shop.stock('MUG-1');
  cart = await service().shop.open([{ sku: 'MUG-1', quantity: 2 }]);
  [mug] = cart.items as [Item];
});

it('discards a cart once, even if the request is repeated', async () => {
  for (let times = 0; times < 3; times += 1) {
    const answer = await service().shop.discard(cart.id);
    expect(answer).toMatchObject({ status: 204, text: '' });
  }
  expect((await service().shop.history(cart.id)).map(({ type }) => type)).toEqual([
    'cart.opened',
    'cart.item-added',
    'cart.discarded',
  ]);
});

it('still shows a discarded cart with its items and without notices', async () => {
  await service().shop.discard(cart.id);
  await service().shop.stock('MUG-1', 2100);
  const { version, status, items, notices, total } = await service().shop.cart(cart.id, 3);
  expect({ version, status, items, notices, total }).toEqual({
    version: 3,
    status: 'discarded',
    items: cart.items,
    notices: [],
    total: cart.total,
  });
  await service().shop.stock('MUG-1');
});

it('refuses every change of a discarded cart', async () => {
  const { shop } = service();
  await shop.discard(cart.id);
  for (const refused of [
    await shop.add(cart.id, { sku: 'MUG-1' }),
    await shop.changeQuantity(cart.id, mug.id, 3),
    await shop.changeQuantity(cart.id, mug.id, 0),
    await shop.changeQuantity(cart.id, mug.id, mug.quantity),
    await shop.remove(cart.id, mug.id),
    await shop.clear(cart.id),
    await shop.change(cart.id, [{ op: 'remove', itemId: mug.id }]),
    await shop.reprice(cart.id),
  ]) {
    expectProblem(refused, '409 CART_CLOSED');
  }
  expect(await shop.history(cart.id)).toHaveLength(3);
});

it('answers CART_CLOSED before VERSION_MISMATCH and before the rules', async () => {
  const { shop } = service();
  await shop.discard(cart.id);
  expectProblem(await shop.add(cart.id, { sku: 'MUG-1' }, { 'if-match': '"1"' }), '409 CART_CLOSED');
  expectProblem(await shop.add(cart.id, { sku: 'MUG-1', quantity: 0 }), '409 CART_CLOSED');
  expectProblem(await shop.changeQuantity(cart.id, mug.id, -1), '409 CART_CLOSED');
  // What does not exist comes before CART_CLOSED.
  expectProblem(await shop.add(cart.id, { sku: 'NONE' }), '404 PRODUCT_NOT_FOUND');
  expectProblem(await shop.remove(cart.id, cart.id), '404 ITEM_NOT_FOUND');
});

it('discards a cart only at the version in If-Match', async () => {
  const stale = expectProblem(
    await service().shop.discard(cart.id, { 'if-match': '"1"' }),
    '412 VERSION_MISMATCH',
  );
  expect(stale['currentVersion']).toBe(2);
  expect((await service().shop.discard(cart.id, { 'if-match': '"2"' })).status).toBe(204);
});
