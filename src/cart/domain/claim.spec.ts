import { given } from '../../event-sourcing/testing/index.js';
import type { Versioned } from '../../event-sourcing/index.js';
import { afterClaim, CARLA, cartOf, own, ownId, ownOpened, quantitiesOf } from '../testing/claims.js';
import { capAdded, cartId, limits, mug, mugAdded, mugId, opened } from '../testing/examples.js';
import { cartDecider, type Cart, type OpenCart } from './cart.js';
import {
  addItem,
  changeQuantity,
  clearCart,
  discardCart,
  removeItem,
  repriceCart,
} from './cart.decisions.js';
import { CartAbandoned, CartClaimed, CartDiscarded, CartMerged, CartOpened } from './cart.events.js';
import { claimCart } from './claim.js';

const claimed = new CartClaimed({ cartId, customerId: CARLA });
const merged = new CartMerged({ cartId, customerId: CARLA, intoCartId: ownId, intoBefore: 1, intoAfter: 2 });
const claim = (into?: Versioned<OpenCart>) => (cart: Cart) => [
  ...claimCart(cart, CARLA, into, limits).claimed,
];

describe("claiming a guest's cart", () => {
  it("makes it the customer's with all items, if the customer has no open cart", () => {
    const cart = given(cartDecider, opened, mugAdded);
    cart.when(claim()).then(claimed);
    cart.when(claim()).thenState((state) => {
      expect(state).toMatchObject({
        status: 'active',
        customerId: CARLA,
        items: [{ id: mugId, quantity: 2 }],
      });
    });
  });

  it("merges it into the customer's open cart, and closes it", () => {
    const cart = given(cartDecider, opened, mugAdded);
    cart.when(claim(own())).then(merged);
    cart.when(claim(own())).thenState((state) => {
      expect(state).toMatchObject({ status: 'merged', customerId: CARLA, items: [{ id: mugId }] });
    });
    expect(quantitiesOf(afterClaim(own(), cartOf([opened, mugAdded, capAdded])))).toEqual([
      ['MUG-1', 2],
      ['CAP-1', 1],
    ]);
  });

  it('accepts an empty cart, and an abandoned one, which stays abandoned until its items change', () => {
    given(cartDecider, opened).when(claim()).then(claimed);
    const nothing = new CartMerged({
      cartId,
      customerId: CARLA,
      intoCartId: ownId,
      intoBefore: 1,
      intoAfter: 1,
    });
    given(cartDecider, opened).when(claim(own())).then(nothing);
    given(cartDecider, opened, new CartAbandoned({ cartId }))
      .when(claim())
      .thenState((state) => {
        expect(state).toMatchObject({ status: 'abandoned', customerId: CARLA });
      });
  });

  it('is refused for a cart that is closed or was never opened', () => {
    given(cartDecider).when(claim()).thenRefused('CART_NOT_FOUND');
    for (const into of [undefined, own()]) {
      given(cartDecider, opened, new CartDiscarded({ cartId }))
        .when(claim(into))
        .thenRefused('CART_CLOSED', { cartStatus: 'discarded' });
    }
  });

  it('is refused if the other cart has another currency, even if it is empty', () => {
    const dollars = new CartOpened({ cartId, currency: 'USD', customerId: null });
    given(cartDecider, dollars)
      .when(claim(own()))
      .thenRefused('CURRENCY_MISMATCH', { claimedCurrency: 'USD', cartCurrency: 'EUR' });
    given(cartDecider, dollars).when(claim()).then(claimed);
  });

  it('changes nothing when it is repeated, even if the cart has changed since', () => {
    for (const past of [[claimed], [merged], [claimed, new CartDiscarded({ cartId })]]) {
      for (const into of [undefined, own()]) {
        given(cartDecider, opened, mugAdded, ...past)
          .when(claim(into))
          .thenNothing();
      }
    }
  });

  it("changes nothing of a cart that was always the customer's; a closed one is refused", () => {
    given(cartDecider, ownOpened).when(claim()).thenNothing();
    given(cartDecider, ownOpened, new CartDiscarded({ cartId: ownId }))
      .when(claim())
      .thenRefused('CART_CLOSED');
  });
});

describe('a merged cart', () => {
  it.each([
    ['add', addItem(mug, { itemId: mugId, quantity: 1, options: {} }, limits)],
    ['change the quantity', changeQuantity(mugId, 1, limits)],
    ['remove', removeItem(mugId)],
    ['clear', clearCart()],
    ['reprice', repriceCart(new Map())],
    ['discard', discardCart()],
  ])('takes no change any more: %s', (_what, decide) => {
    given(cartDecider, opened, mugAdded, merged)
      .when(decide)
      .thenRefused('CART_CLOSED', { cartStatus: 'merged' });
  });
});
