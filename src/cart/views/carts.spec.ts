import fc from 'fast-check';
import type { RecordedEvent } from '../../event-sourcing/index.js';
import { recorded } from '../../event-sourcing/testing/index.js';
import { cartContent } from '../answers/cart-content.js';
import {
  CartCleared,
  CartDiscarded,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
  type CartEvent,
} from '../domain/cart.events.js';
import { openedFacts } from '../domain/cart.fold.js';
import { aWish, story } from '../testing/arbitrary-decisions.js';
import { added, cap, capId, cartId, mug, mugId, opened } from '../testing/examples.js';
import { CartsProjection, type CartRows } from './carts.projection.js';

const projection = new CartsProjection();
const NOTHING: CartRows = { cart: undefined, items: [] };

const inCart = (event: CartEvent, version: number, occurredAt: Date): RecordedEvent<CartEvent> =>
  recorded(event, { stream: `cart-${cartId}`, version, occurredAt });

const second = (version: number) => new Date(Date.UTC(2030, 0, 1) + (version - 1) * 1_000);
const history = (...events: CartEvent[]) =>
  events.map((event, index) => inCart(event, index + 1, second(index + 1)));

function rowsAfter(events: readonly RecordedEvent<CartEvent>[]): CartRows {
  return events.reduce((rows, event) => projection.evolve(rows, event), NOTHING);
}

/** Rows that were stored and loaded. */
function throughTheDatabase(rows: CartRows): CartRows {
  const revive = (key: string, value: unknown) => (key.endsWith('At') ? new Date(String(value)) : value);
  return JSON.parse(JSON.stringify(rows), revive) as CartRows;
}

const shopping = history(
  opened,
  added(mugId, mug, 2, { colour: 'blue' }),
  added(capId, cap, 1),
  added(mugId, { ...mug, name: 'Renamed', price: { amount: 1500, currency: 'EUR' } }, 3),
  new ItemQuantityChanged({ cartId, itemId: capId, quantity: 4 }),
  new ItemRepriced({ cartId, itemId: capId, name: 'Cap', unitPrice: 1000 }),
);

describe('the views of a cart', () => {
  it('show the totals, and each item, in the order of appearance', () => {
    const mugs = { sku: 'MUG-1', name: 'Renamed', options: { colour: 'blue' }, quantity: 5, unitPrice: 1500 };
    const caps = { sku: 'CAP-1', name: 'Cap', options: {}, quantity: 4, unitPrice: 1000 };
    expect(rowsAfter(shopping)).toEqual({
      cart: {
        cartId,
        version: 6,
        ...openedFacts(opened),
        itemCount: 2,
        quantity: 9,
        total: 5 * 1500 + 4 * 1000,
        createdAt: second(1),
        updatedAt: second(6),
      },
      items: [
        { cartId, addedVersion: 2, id: mugId, ...mugs, addedAt: second(2) },
        { cartId, addedVersion: 3, id: capId, ...caps, addedAt: second(3) },
      ],
    });
  });

  it('keep the items that an event does not concern', () => {
    const before = rowsAfter(shopping.slice(0, 3));
    const [mugs, caps] = before.items;
    const [, , , more, fewer] = shopping;
    if (!more || !fewer) throw new Error('They are there.');
    expect(projection.evolve(before, more).items[1]).toBe(caps);
    expect(projection.evolve(before, fewer).items[0]).toBe(mugs);
    const discarded = history(opened, opened, opened, new CartDiscarded({ cartId })).slice(3);
    for (const event of discarded) expect(projection.evolve(before, event).items).toBe(before.items);
  });

  it('lose a removed item, and all items when the cart is cleared', () => {
    const events = [opened, added(mugId, mug, 1), added(capId, mug, 1, { colour: 'red' })];
    const one = rowsAfter(history(...events, new ItemRemoved({ cartId, itemId: mugId })));
    expect(one.items.map(({ id }) => id)).toEqual([capId]);
    expect(one.cart).toMatchObject({ itemCount: 1, quantity: 1, total: 1999 });
    const none = rowsAfter(history(...events, new CartCleared({ cartId })));
    expect(none).toMatchObject({ cart: { itemCount: 0, quantity: 0, total: 0 }, items: [] });
  });

  it('keep the items of a discarded cart', () => {
    const rows = rowsAfter(history(opened, added(mugId, mug, 2), new CartDiscarded({ cartId })));
    expect(rows).toMatchObject({
      cart: { status: 'discarded', itemCount: 1, total: 3998 },
      items: [{ id: mugId }],
    });
  });

  it('refuse events before cart.opened', () => {
    const [, ...later] = shopping;
    expect(() => rowsAfter(later)).toThrow(/before "cart.opened"/);
  });
});

describe('any history of a cart', () => {
  it('folds to the same cart on the write side and in the views, with rows stored in between', () => {
    fc.assert(
      fc.property(fc.array(aWish, { maxLength: 25 }), (wishes) => {
        let rows = NOTHING;
        story(wishes).forEach(({ event, occurredAt, after }, index) => {
          const next = inCart(event, index + 1, occurredAt);
          const stored = throughTheDatabase(rows);
          const versions: number[] = [];
          rows = projection.evolve(rows, next);
          expect(projection.evolve(stored, next)).toEqual(rows);

          // Attributes of decisions and keys of rows are not part of the content.
          const { cart, items } = rows;
          const { cartId: id, ...header } = cart ?? { cartId: '' };
          const shown = items.map(({ cartId: ofCart, addedVersion, ...item }) => {
            expect(ofCart).toBe(id);
            versions.push(addedVersion);
            return item;
          });
          const { items: written, ...facts } = cartContent(after);
          expect({ id, ...header }).toMatchObject(facts);
          expect(shown).toEqual(written.map((item) => ({ ...item, pricedAt: undefined })));
          expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
        });
      }),
    );
  });
});
