import { CartModel } from './cart-model.js';
import { compareCart, compareHistory } from './compare.js';

const model = new CartModel('EUR');
model.add({ sku: 'lantern', name: 'Lantern', price: 100 }, 2, 100);
model.add({ sku: 'mug', name: 'Mug', price: 250 }, 1, 250);
const expected = model.expected();

/** The cart as an honest service shows it, with what a replay does not look at. */
const shown = {
  id: 'c-1',
  version: 3,
  ...expected,
  items: expected.items.map((item) => ({ id: 'i', ...item, addedAt: '2026-01-01T00:00:00.000Z' })),
  notices: [],
};
const [lantern, mug] = shown.items;
const differences = (actual: unknown): string[] => compareCart('c-1', 3, expected, actual);

describe('compareCart', () => {
  it('finds nothing in an equal cart, in whatever order its items are', () => {
    expect(differences(shown)).toEqual([]);
    expect(differences({ ...shown, items: [mug, lantern] })).toEqual([]);
  });

  it.each([
    ['id', 'c-2', 'id: expected "c-1", got "c-2"'],
    ['version', 4, 'version: expected 3, got 4'],
    ['version', '3', 'version: expected 3, got "3"'],
    ['status', 'abandoned', 'status: expected "active", got "abandoned"'],
    ['currency', 'GBP', 'currency: expected "EUR", got "GBP"'],
    ['itemCount', 3, 'itemCount: expected 2, got 3'],
    ['quantity', 2, 'quantity: expected 3, got 2'],
    ['total', { amount: 451, currency: 'EUR' }, 'total.amount: expected 450, got 451'],
  ])('finds another %s', (field, value, line) => {
    expect(differences({ ...shown, [field]: value })).toEqual([line]);
  });

  it.each([
    ['name', 'Lamp', 'items["lantern"].name: expected "Lantern", got "Lamp"'],
    ['options', { size: 'L' }, 'items["lantern"].options.size: expected nothing, got "L"'],
    ['quantity', 3, 'items["lantern"].quantity: expected 2, got 3'],
    ['unitPrice', { amount: 99, currency: 'EUR' }, 'items["lantern"].unitPrice.amount: expected 100, got 99'],
    ['total', { amount: 200, currency: 'USD' }, 'items["lantern"].total.currency: expected "EUR", got "USD"'],
  ])('finds an item with other %s', (field, value, line) => {
    expect(differences({ ...shown, items: [{ ...lantern, [field]: value }, mug] })).toContain(line);
  });

  it('finds an item that is missing, one too many, and one that is there twice', () => {
    const missing = differences({ ...shown, items: [mug] });
    expect(missing).toContain('items["lantern"].quantity: expected 2, got nothing');
    const extra = differences({ ...shown, items: [lantern, mug, { ...mug, sku: 'cup' }] });
    expect(extra).toContain('items["cup"].quantity: expected nothing, got 1');
    const twice = differences({ ...shown, items: [lantern, mug, mug] });
    expect(twice).toContain('items["mug" again, 2].quantity: expected nothing, got 1');
  });

  it.each([undefined, null, 'cart', [], {}])('finds that %p is no such cart', (actual) => {
    expect(differences(actual)).toContain('version: expected 3, got nothing');
  });
});

describe('compareHistory', () => {
  it('finds nothing in versions without a gap', () => {
    expect(compareHistory(3, [1, 2, 3])).toEqual([]);
  });

  it.each([
    [[1, 3], 'history: event 2 has version 3'],
    [[1, 1, 2], 'history: event 2 has version 1'],
    [[1, undefined, 3], 'history: event 2 has version nothing'],
    [[1, 2], 'history: expected 3 events, got 2'],
    [[1, 2, 3, 4], 'history: expected 3 events, got 4'],
    [[], 'history: expected 3 events, got 0'],
  ])('finds what is wrong with %j', (versions, line) => {
    expect(compareHistory(3, versions)).toEqual([line]);
  });
});
