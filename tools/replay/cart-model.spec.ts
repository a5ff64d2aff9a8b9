import { CartModel } from './cart-model.js';

const LANTERN = { sku: 'lantern', name: 'Lantern', price: 100 };
const MUG = { sku: 'mug', name: 'Mug', price: 250 };
const eur = (amount: number): object => ({ amount, currency: 'EUR' });

describe('CartModel', () => {
  let model: CartModel;

  beforeEach(() => {
    model = new CartModel('EUR');
  });

  it('starts as an active cart with nothing in it', () => {
    expect(model.expected()).toEqual({
      status: 'active',
      currency: 'EUR',
      items: [],
      itemCount: 0,
      quantity: 0,
      total: eur(0),
    });
  });

  it('adds quantities up and takes the newest price for the whole item', () => {
    expect([model.add(LANTERN, 2, 100), model.add(LANTERN, 3, 110)]).toEqual([
      { status: 201 },
      { status: 200 },
    ]);
    const item = {
      sku: 'lantern',
      name: 'Lantern',
      options: {},
      quantity: 5,
      unitPrice: eur(110),
      total: eur(550),
    };
    expect(model.expected()).toMatchObject({ items: [item], itemCount: 1, quantity: 5, total: eur(550) });
  });

  it('sums the cart up over its items', () => {
    model.add(LANTERN, 2, 100);
    model.add(MUG, 1, 250);
    expect(model.expected()).toMatchObject({ itemCount: 2, quantity: 3, total: eur(450) });
  });

  it.each([0, -1, 1_000_000])('expects an add of %i to be refused, and changes nothing', (quantity) => {
    expect(model.add(LANTERN, quantity, 100)).toEqual({ status: 422, code: 'QUANTITY_OUT_OF_RANGE' });
    expect(model.expected().itemCount).toBe(0);
  });

  it('expects an add beyond the most of an item to be refused, its price with it', () => {
    model.add(LANTERN, 999_999, 100);
    expect(model.add(LANTERN, 1, 110)).toEqual({ status: 422, code: 'QUANTITY_OUT_OF_RANGE' });
    expect(model.expected()).toMatchObject({ quantity: 999_999, total: eur(99_999_900) });
  });

  it('expects item 2,001 to be refused, but not another unit of item 2,000', () => {
    for (let index = 1; index <= 2_000; index += 1) {
      model.add({ ...LANTERN, sku: `sku-${index}` }, 1, 100);
    }
    expect(model.add(LANTERN, 1, 100)).toEqual({ status: 422, code: 'ITEM_LIMIT_REACHED' });
    expect(model.add({ ...LANTERN, sku: 'sku-2000' }, 1, 100)).toEqual({ status: 200 });
  });

  it('takes one off by a change, the last by a deletion, and one that is not there not at all', () => {
    model.add(LANTERN, 2, 100);
    model.learnItemId('lantern', 'id-1');
    expect(model.removeOne('lantern')).toEqual({ kind: 'change', quantity: 1, itemId: 'id-1' });
    expect(model.expected()).toMatchObject({ quantity: 1, total: eur(100) });
    expect(model.removeOne('lantern')).toEqual({ kind: 'delete', itemId: 'id-1' });
    expect(model.has('lantern')).toBe(false);
    expect(model.removeOne('lantern')).toEqual({ kind: 'absent' });
  });

  it('forgets the id of an item that was deleted', () => {
    model.add(LANTERN, 1, 100);
    model.learnItemId('lantern', 'id-1');
    model.removeOne('lantern');
    model.add(LANTERN, 1, 100);
    expect(model.removeOne('lantern')).toEqual({ kind: 'delete', itemId: undefined });
  });
});
