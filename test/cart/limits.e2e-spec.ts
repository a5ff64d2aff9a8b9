import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('limits');

const MOST = 999_999;
const LARGEST = Number.MAX_SAFE_INTEGER;

beforeAll(async () => {
  const { shop } = service();
  await shop.stock('MUG-1', 1);
  await shop.stock('ALL-MONEY', LARGEST);
  await shop.stock('HALF-MONEY', (LARGEST - 1) / 2);
});

describe('the quantity of an item', () => {
  it('goes up to 999,999, in one or several additions', async () => {
    const { shop } = service();
    const { id } = await shop.open();
    expect((await shop.add(id, { sku: 'MUG-1', quantity: MOST })).body.quantity).toBe(MOST);
    const problem = expectProblem(await shop.add(id, { sku: 'MUG-1' }), '422 QUANTITY_OUT_OF_RANGE');
    expect(problem).toMatchObject({ minimum: 1, maximum: MOST, present: MOST });
    expect((await shop.add(id, { sku: 'MUG-1', options: { a: 'b' } })).status).toBe(201);
    const operations = [
      { op: 'add', sku: 'MUG-1', quantity: MOST - 1, options: { a: 'b' } },
      { op: 'add', sku: 'MUG-1', quantity: 1, options: { a: 'b' } },
    ];
    const refused = expectProblem(await shop.change(id, operations), '422 QUANTITY_OUT_OF_RANGE');
    expect(pointersOf(refused)).toEqual(['/operations/1']);
    expect(await shop.cart(id, 3)).toMatchObject({ version: 3, quantity: MOST + 1 });
  });

  it('is refused outside its range', async () => {
    const { shop } = service();
    const { id, items } = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
    for (const quantity of [0, -1, MOST + 1, 2 ** 53 + 2, -(2 ** 53), 1e21]) {
      expectProblem(await shop.add(id, { sku: 'MUG-1', quantity }), '422 QUANTITY_OUT_OF_RANGE');
      if (quantity === 0) continue; // removes the item
      expectProblem(await shop.changeQuantity(id, items[0]?.id ?? '', quantity), '422 QUANTITY_OUT_OF_RANGE');
    }
    expect(await shop.history(id)).toHaveLength(2);
  });
});

describe('the number of items', () => {
  it('goes up to 2,000', async () => {
    const { shop } = service();
    const minimal = { prefer: 'return=minimal' };
    const { id } = await shop.open();
    const adds = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => {
        return { op: 'add', sku: 'MUG-1', quantity: 1, options: { text: String(from + index) } };
      });
    for (let from = 0; from < 1_900; from += 100) await shop.change(id, adds(from, 100), minimal);
    await shop.change(id, adds(1_900, 99), minimal);

    const refused = expectProblem(await shop.change(id, adds(1_999, 2)), '422 ITEM_LIMIT_REACHED');
    expect(pointersOf(refused)).toEqual(['/operations/1']);
    expect(refused['maximum']).toBe(2_000);
    expect((await shop.change(id, adds(1_999, 1), minimal)).status).toBe(200);
    expectProblem(await shop.add(id, { sku: 'MUG-1' }), '422 ITEM_LIMIT_REACHED');
    // A higher quantity is not another item, and a removed item makes room.
    expect((await shop.add(id, { sku: 'MUG-1', options: { text: '0' } }, minimal)).status).toBe(200);
    const full = await shop.cart(id, 2_002);
    expect(full).toMatchObject({ version: 2_002, itemCount: 2_000, quantity: 2_001 });
    expect(full.items).toHaveLength(2_000);
    await shop.remove(id, full.items[1_000]?.id ?? '', minimal);
    expect((await shop.add(id, { sku: 'MUG-1' }, minimal)).status).toBe(201);
  });
});

describe('amounts', () => {
  const total = (cart: Cart) => cart.total.amount;

  it('are exact up to 2^53-1', async () => {
    const { shop } = service();
    const { id } = await shop.open([{ sku: 'ALL-MONEY', quantity: 1 }]);
    const shown = await shop.cart(id, 2);
    expect([total(shown), shown.items[0]?.total.amount]).toEqual([LARGEST, LARGEST]);
    const halves = await shop.open([{ sku: 'HALF-MONEY', quantity: 2 }]);
    expect(total((await shop.add(halves.id, { sku: 'MUG-1' })).body)).toBe(LARGEST);
  });

  it('are refused beyond that, for one item and for the cart', async () => {
    const { shop } = service();
    const { id, items } = await shop.open([{ sku: 'ALL-MONEY', quantity: 1 }]);
    const [item] = items as [Item];
    for (const refused of [
      await shop.add(id, { sku: 'ALL-MONEY' }),
      await shop.add(id, { sku: 'MUG-1' }),
      await shop.changeQuantity(id, item.id, 2),
      await shop.changeQuantity(id, item.id, MOST),
      await shop.change(id, [{ op: 'add', sku: 'HALF-MONEY', quantity: 1 }]),
    ]) {
      expectProblem(refused, '422 AMOUNT_OUT_OF_RANGE');
    }
    expect(await shop.cart(id)).toMatchObject({ version: 2, total: { amount: LARGEST } });
  });

  it('are checked after each operation of a batch', async () => {
    const { shop } = service();
    const { id, items } = await shop.open([{ sku: 'ALL-MONEY', quantity: 1 }]);
    const [item] = items as [Item];
    const swap = [
      { op: 'remove', itemId: item.id },
      { op: 'add', sku: 'HALF-MONEY', quantity: 2 },
    ];
    expectProblem(await shop.change(id, [...swap].reverse()), '422 AMOUNT_OUT_OF_RANGE');
    expect((await shop.change(id, swap)).body.total.amount).toBe(LARGEST - 1);
  });
});
