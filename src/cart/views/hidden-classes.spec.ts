import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { recorded } from '../../event-sourcing/testing/index.js';
import { cartContent } from '../answers/cart-content.js';
import { cartDecider, type Cart } from '../domain/cart.js';
import { ItemQuantityChanged, ItemRepriced, type CartEvent } from '../domain/cart.events.js';
import { added, cap, capId, cartId, mug, mugId, opened } from '../testing/examples.js';
import { CartsProjection, type CartRows } from './carts.projection.js';

const CARTS = 100;
/** V8 makes some more while it gets to know the code. */
const MOST_CLASSES = 3;

// It stays on, because V8 may compile the function again.
setFlagsFromString('--allow-natives-syntax');
const isSameClass = runInThisContext('(one, other) => %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean;

const projection = new CartsProjection();
const start = [opened, added(mugId, mug, 1, { size: 'S' }), added(capId, cap, 1, { size: 'M' })];
const histories: Record<string, readonly CartEvent[]> = {
  'added to a cart': start,
  'added to a cart again': [...start, added(capId, cap, 1, { size: 'M' })],
  'changed in their quantity': [...start, new ItemQuantityChanged({ cartId, itemId: capId, quantity: 3 })],
  repriced: [...start, new ItemRepriced({ cartId, itemId: capId, name: 'Cap', unitPrice: 1 })],
};

// An object with a hidden class of its own takes about 300 bytes more.
describe.each(Object.entries(histories))('items that were %s share hidden classes', (_, events) => {
  const time = (version: number): Date => new Date(Date.UTC(2030, 0, version));

  it('on the write side', () => {
    const carts = Array.from({ length: CARTS }, () =>
      events.reduce<Cart>(
        (cart, event, index) => cartDecider.evolve(cart, event, time(index + 1)),
        cartDecider.initialState,
      ),
    );
    const contents = carts.map((state) =>
      cartContent({ state, version: events.length, occurredAt: time(1) }),
    );
    expect(classesOf(contents.flatMap(({ items }) => items))).toBeLessThanOrEqual(MOST_CLASSES);
    expect(classesOf(carts)).toBeLessThanOrEqual(MOST_CLASSES);
  });

  it('in the view', () => {
    const carts = Array.from({ length: CARTS }, () =>
      events.reduce<CartRows>(
        (rows, event, index) =>
          projection.evolve(rows, recorded(event, { version: index + 1, occurredAt: time(index + 1) })),
        { cart: undefined, items: [] },
      ),
    );
    expect(classesOf(carts.flatMap(({ items }) => items))).toBeLessThanOrEqual(MOST_CLASSES);
    expect(classesOf(carts.flatMap(({ cart }) => cart ?? []))).toBeLessThanOrEqual(MOST_CLASSES);
  });
});

/** The number of different hidden classes of V8. */
function classesOf(objects: readonly object[]): number {
  const examples: object[] = [];
  for (const object of objects) {
    if (!examples.some((example) => isSameClass(example, object))) examples.push(object);
  }
  return examples.length;
}
