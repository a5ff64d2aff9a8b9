import { cartContent } from '../answers/cart-content.js';
import { fold, emptyStream } from '../../event-sourcing/index.js';
import { cap, capAdded, capId, cartId, mug, mugAdded, mugId, offer, opened } from '../testing/examples.js';
import { cartDecider } from './cart.js';
import { CartDiscarded, type CartEvent } from './cart.events.js';
import { isNoticeable, noticesOf } from './notices.js';

const cartAfter = (...events: CartEvent[]) =>
  cartContent(
    fold(
      cartDecider,
      emptyStream(cartDecider),
      events.map((event) => ({ event, occurredAt: new Date('2030-01-01T00:00:00Z') })),
    ),
  );
const cart = cartAfter(opened, mugAdded, capAdded);

describe('notices', () => {
  it('are absent while prices are unchanged', () => {
    expect(noticesOf(cart, [mug, cap])).toEqual([]);
  });

  it('show the old and the new price', () => {
    const now = [offer('MUG-1', 1500), cap];
    expect(noticesOf(cart, now)).toEqual([
      { code: 'PRICE_CHANGED', itemId: mugId, previous: 1999, current: 1500 },
    ]);
  });

  it('show products that are unknown, not for sale, or sold in another currency', () => {
    const unavailable = (itemId: string) => ({ code: 'UNAVAILABLE', itemId });
    expect(noticesOf(cart, [mug, undefined])).toEqual([unavailable(capId)]);
    const now = [offer('MUG-1', 1999, 'EUR', false), offer('CAP-1', 1250, 'USD')];
    expect(noticesOf(cart, now)).toEqual([unavailable(mugId), unavailable(capId)]);
  });

  it('are absent for an empty or closed cart', () => {
    const closed = cartAfter(opened, mugAdded, new CartDiscarded({ cartId }));
    expect(isNoticeable(closed)).toBe(false);
    expect(noticesOf(closed, [])).toEqual([]);
    expect(isNoticeable(cartAfter(opened))).toBe(false);
  });
});
