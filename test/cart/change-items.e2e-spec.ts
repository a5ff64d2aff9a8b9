import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('batch');

let cart: Cart;
let mug: Item;
let tea: Item;

beforeAll(() => service().shop.stockAll(['MUG-1', 'TEA-1', 'POT-1'], 500));

beforeEach(async () => {
  cart = await service().shop.open([
    { sku: 'MUG-1', quantity: 2 },
    { sku: 'TEA-1', quantity: 4 },
  ]);
  [mug, tea] = cart.items as [Item, Item];
});

it('applies many operations in one request, one after the other', async () => {
  const answer = await service().shop.change(cart.id, [
    { op: 'add', sku: 'POT-1', quantity: 1, options: { size: 'L' } },
    { op: 'change', itemId: mug.id, quantity: 6 },
    { op: 'remove', itemId: tea.id },
    { op: 'add', sku: 'POT-1', quantity: 2, options: { size: 'L' } },
    { op: 'add', sku: 'TEA-1', quantity: 9 },
  ]);
  expect(answer).toMatchObject({ status: 200, headers: { etag: '"8"' }, body: { version: 8 } });
  expect(answer.body.items.map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ['MUG-1', 6],
    ['POT-1', 3],
    ['TEA-1', 9],
  ]);
  expect(await service().shop.cart(cart.id, 8)).toEqual(answer.body);
});

it('stores the events of one batch together, under one correlation id', async () => {
  const headers = { 'x-request-id': 'one-batch' };
  await service().shop.change(
    cart.id,
    [
      { op: 'remove', itemId: mug.id },
      { op: 'change', itemId: tea.id, quantity: 1 },
    ],
    headers,
  );
  const events = (await service().shop.history(cart.id)).slice(3);
  expect(events.map(({ type, correlationId }) => [type, correlationId])).toEqual([
    ['cart.item-removed', 'one-batch'],
    ['cart.item-quantity-changed', 'one-batch'],
  ]);
});

it('changes nothing when the operations change nothing', async () => {
  const answer = await service().shop.change(cart.id, [{ op: 'change', itemId: mug.id, quantity: 2 }]);
  expect(answer).toMatchObject({ status: 200, headers: { etag: '"3"' }, body: cart });
});

it.each<[string, string, (mug: Item) => object]>([
  ['an unknown product', '404 PRODUCT_NOT_FOUND', () => ({ op: 'add', sku: 'NONE', quantity: 1 })],
  [
    'an unknown item',
    '404 ITEM_NOT_FOUND',
    () => ({ op: 'remove', itemId: '01a20748-0000-7000-8000-000000000000' }),
  ],
  [
    'an item that an earlier operation removed',
    '404 ITEM_NOT_FOUND',
    ({ id }) => ({ op: 'remove', itemId: id }),
  ],
  [
    'a quantity out of range',
    '422 QUANTITY_OUT_OF_RANGE',
    () => ({ op: 'add', sku: 'POT-1', quantity: 1_000_000 }),
  ],
])('changes nothing when one operation is about %s, and names it', async (_name, refusal, operation) => {
  const add = { op: 'add', sku: 'POT-1', quantity: 1 };
  const answer = await service().shop.change(cart.id, [
    { op: 'remove', itemId: mug.id },
    add,
    add,
    operation(mug),
    add,
  ]);
  expect(pointersOf(expectProblem(answer, refusal))).toEqual(['/operations/3']);
  expect(await service().shop.cart(cart.id)).toEqual(cart);
  expect(await service().shop.history(cart.id)).toHaveLength(3);
});

it('accepts at most 100 operations', async () => {
  const operations = Array.from({ length: 101 }, () => ({ op: 'add', sku: 'POT-1', quantity: 1 }));
  const { body } = await service().shop.change(cart.id, operations.slice(1));
  expect(body).toMatchObject({ version: 103, itemCount: 3, quantity: 106 });
  const problem = expectProblem(await service().shop.change(cart.id, operations), '400 VALIDATION_FAILED');
  expect(pointersOf(problem)).toEqual(['/operations']);
});

it('points at the malformed field of an operation', async () => {
  const answer = await service().shop.change(cart.id, [
    { op: 'remove', itemId: mug.id },
    { op: 'change', itemId: tea.id, quantity: '2', sku: 'X' },
  ]);
  const problem = expectProblem(answer, '400 VALIDATION_FAILED');
  expect(pointersOf(problem).sort()).toEqual(['/operations/1/quantity', '/operations/1/sku']);
});
