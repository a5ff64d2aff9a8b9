import { plainToInstance } from 'class-transformer';
import { cartContent } from '../answers/cart-content.js';
import { cartOf } from '../testing/claims.js';
import { added, cartId, mug, mugId, opened } from '../testing/examples.js';
import { cartTag } from './cart-reply.js';
import { knownForm } from './cart-request.js';
import { cartDto } from './cart.dto.js';
import { cartPageDto, FindCartsDto } from './find-carts.dto.js';

const when = new Date('2030-01-01T00:00:01.000Z');
const cart = cartContent(cartOf([opened, added(mugId, mug, 3, { size: 'L' })]));
const item = { id: mugId, sku: 'MUG-1', name: mug.name, options: { size: 'L' }, quantity: 3, addedAt: when };
const notice = { code: 'PRICE_CHANGED' as const, itemId: mugId, previous: 1999, current: 1500 };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('a cart in an answer', () => {
  it('shows money with its currency, and each item with its total', () => {
    const { items, total, notices } = cartDto({
      cart,
      notices: [notice, { code: 'UNAVAILABLE', itemId: mugId }],
    });
    expect(items).toEqual([{ ...item, unitPrice: eur(1999), total: eur(5997) }]);
    expect(total).toEqual(eur(5997));
    expect(notices).toEqual([
      { code: 'PRICE_CHANGED', itemId: mugId, previous: eur(1999), current: eur(1500) },
      { code: 'UNAVAILABLE', itemId: mugId },
    ]);
  });
});

describe('the entity tag of a cart', () => {
  it('is its version, and changes with the notices', () => {
    const other = { ...notice, current: 1501 };
    expect(cartTag({ cart, notices: [] })).toBe('"2"');
    expect(cartTag({ cart, notices: [notice] })).toMatch(/^"2-[0-9a-f]{16}"$/);
    expect(cartTag({ cart, notices: [notice] })).toBe(cartTag({ cart, notices: [{ ...notice }] }));
    expect(cartTag({ cart, notices: [other] })).not.toBe(cartTag({ cart, notices: [notice] }));
  });
});

describe('an id in a request', () => {
  it('is the same in upper case, and the nil UUID if it is malformed', () => {
    const nobody = '00000000-0000-0000-0000-000000000000';
    expect(knownForm(cartId.toUpperCase())).toBe(cartId);
    for (const id of ['', '12', `${cartId}0`, cartId.replaceAll('-', ''), `{${cartId}}`, `${cartId}\n`]) {
      expect(knownForm(id)).toBe(nobody);
    }
  });
});

describe('a page of carts', () => {
  it('has a cursor to the next page', () => {
    const { nextCursor } = cartPageDto({ carts: [], next: { createdAt: when, id: cartId } });
    expect(plainToInstance(FindCartsDto, { cursor: nextCursor }).cursor).toEqual({
      createdAt: when,
      id: cartId,
    });
    expect(plainToInstance(FindCartsDto, {}).cursor).toBeUndefined();
  });
});
