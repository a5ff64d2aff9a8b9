import fc from 'fast-check';
import { emptyStream, fold, type Versioned } from '../../event-sourcing/index.js';
import { given } from '../../event-sourcing/testing/index.js';
import { foreignItems, identified } from '../testing/arbitrary-decisions.js';
import { added, cap, capAdded, cartId, limits, mug, mugAdded, mugId, opened } from '../testing/examples.js';
import { cartDecider, type Cart, type CartItem } from './cart.js';
import {
  addItem,
  changeQuantity,
  clearCart,
  discardCart,
  removeItem,
  repriceCart,
} from './cart.decisions.js';
import {
  CartAbandoned,
  CartClaimed,
  CartDiscarded,
  CartMerged,
  CartOpened,
  ItemAdded,
  ItemQuantityChanged,
  type CartEvent,
} from './cart.events.js';
import { isOpen, type OpenCart } from './cart.rules.js';
import { claimCart } from './claim.js';
import { mergedInto, mergeReport } from './merge.js';

const CARLA = 'carla';
const ownId = '0197a2f0-9d02-7a31-8c55-3be09f1d2a47';
const ownItemId = '0197a2f0-9d02-7a31-8c55-3be09f1d2a48';
const ownOpened = new CartOpened({ cartId: ownId, currency: 'EUR', customerId: CARLA });
const claimed = new CartClaimed({ cartId, customerId: CARLA });
const merged = new CartMerged({ cartId, customerId: CARLA, intoCartId: ownId, intoBefore: 1, intoAfter: 2 });

/** A cart of events that happened a second apart. */
function cartOf(events: readonly CartEvent[], from = Date.UTC(2030, 0, 1)): Versioned<Cart> {
  const recorded = events.map((event, index) => ({ event, occurredAt: new Date(from + index * 1_000) }));
  return fold(cartDecider, emptyStream(cartDecider), recorded);
}

function own(events: readonly CartEvent[] = [], from?: number): Versioned<OpenCart> {
  const cart = cartOf([ownOpened, ...events], from);
  if (!isOpen(cart.state)) throw new Error('It is open.');
  return { ...cart, state: cart.state };
}

const claim = (into?: Versioned<OpenCart>) => (cart: Cart) => [
  ...claimCart(cart, CARLA, into, limits).claimed,
];
const itemsOf = (cart: Cart): readonly CartItem[] => (cart.status === 'none' ? [] : cart.items);
const quantitiesOf = (cart: Cart) => itemsOf(cart).map(({ sku, quantity }) => [sku, quantity]);

/** The customer's cart after a claim. */
function after(into: Versioned<OpenCart>, guest: Versioned<Cart>): Cart {
  const { moved } = claimCart(guest.state, CARLA, into, limits);
  const occurredAt = new Date(Date.UTC(2031, 0, 1));
  return fold(
    cartDecider,
    into,
    moved.map((event) => ({ event, occurredAt })),
  ).state;
}

describe("claiming a guest's cart", () => {
  it("makes it the customer's where they have no open cart, with all that it holds", () => {
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

  it('merges it into the open cart that the customer has, and closes it', () => {
    const cart = given(cartDecider, opened, mugAdded);
    cart.when(claim(own())).then(merged);
    cart.when(claim(own())).thenState((state) => {
      expect(state).toMatchObject({ status: 'merged', customerId: CARLA, items: [{ id: mugId }] });
    });
    expect(quantitiesOf(after(own(), cartOf([opened, mugAdded, capAdded])))).toEqual([
      ['MUG-1', 2],
      ['CAP-1', 1],
    ]);
  });

  it('takes an empty cart, and one that was abandoned, which stays so until its items change', () => {
    given(cartDecider, opened).when(claim()).then(claimed);
    const nothing = new CartMerged({ ...merged, intoAfter: 1 });
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

  it('is refused where the other cart has another currency, even if it is empty', () => {
    const dollars = new CartOpened({ cartId, currency: 'USD', customerId: null });
    given(cartDecider, dollars)
      .when(claim(own()))
      .thenRefused('CURRENCY_MISMATCH', { claimedCurrency: 'USD', cartCurrency: 'EUR' });
    given(cartDecider, dollars).when(claim()).then(claimed);
  });

  it('changes nothing when it comes again, whatever has become of the cart since', () => {
    for (const past of [[claimed], [merged], [claimed, new CartDiscarded({ cartId })]]) {
      for (const into of [undefined, own()]) {
        given(cartDecider, opened, mugAdded, ...past)
          .when(claim(into))
          .thenNothing();
      }
    }
  });

  it("changes nothing of a cart that has been the customer's from the beginning, unless that is closed", () => {
    given(cartDecider, ownOpened).when(claim()).thenNothing();
    given(cartDecider, ownOpened, new CartDiscarded({ cartId: ownId }))
      .when(claim())
      .thenRefused('CART_CLOSED');
  });
});

describe('a cart that was merged', () => {
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

describe('merging', () => {
  const later = Date.UTC(2030, 0, 2);
  const dearer = { ...mug, name: 'Mug, new', price: { amount: 2500, currency: 'EUR' } };
  const ofOwn = (offer: typeof mug, quantity: number, options = {}) =>
    new ItemAdded({ ...added(ownItemId, offer, quantity, options), cartId: ownId });

  it('adds quantities of the same SKU with the same options up, whatever the order of their keys', () => {
    const guest = cartOf([opened, added(mugId, mug, 3, { size: 'L', colour: 'blue' })]);
    const same = after(own([ofOwn(mug, 2, { colour: 'blue', size: 'L' })]), guest);
    expect(itemsOf(same)).toMatchObject([{ id: ownItemId, quantity: 5 }]);
    const other = after(own([ofOwn(mug, 2, { colour: 'red' })]), guest);
    expect(quantitiesOf(other)).toEqual([
      ['MUG-1', 2],
      ['MUG-1', 3],
    ]);
  });

  it('gives an item the name and the price that were caught later, in either cart, and remembers when', () => {
    const prices = (mine: Versioned<OpenCart>, theirs: Versioned<Cart>) => itemsOf(after(mine, theirs))[0];
    const old = { name: mug.name, unitPrice: 1999, quantity: 5 };
    const fresh = { name: 'Mug, new', unitPrice: 2500, quantity: 5 };
    const pricedAt = new Date(later + 1_000);
    expect(prices(own([ofOwn(mug, 2)]), cartOf([opened, added(mugId, dearer, 3)], later))).toMatchObject({
      ...fresh,
      pricedAt,
    });
    expect(
      prices(own([ofOwn(dearer, 2)], later), cartOf([opened, mugAdded, added(mugId, mug, 1)])),
    ).toMatchObject({
      ...fresh,
      pricedAt,
    });
    expect(prices(own([ofOwn(mug, 2)], later), cartOf([opened, added(mugId, dearer, 3)]))).toMatchObject({
      ...old,
      pricedAt,
    });
  });

  it('leaves behind what does not fit an item, and what does not fit the cart', () => {
    const guest = cartOf([opened, added(mugId, mug, 4), capAdded, added(ownId, { ...cap, sku: 'PEN-1' }, 3)]);
    const mine = own([ofOwn(mug, 9)]);
    const result = after(mine, guest);
    expect(quantitiesOf(result)).toEqual([
      ['MUG-1', 10],
      ['CAP-1', 1],
    ]);
    expect(mergeReport(itemsOf(guest.state), mine.state.items, itemsOf(result))).toEqual([
      { sku: 'MUG-1', options: {}, from: 4, into: 9, result: 10 },
      { sku: 'CAP-1', options: {}, from: 1, into: 0, result: 1 },
      { sku: 'PEN-1', options: {}, from: 3, into: 0, result: 0 },
    ]);
  });

  it('takes nothing away from an item that is over a limit which has become smaller', () => {
    const mine = own([
      ofOwn(mug, 9),
      new ItemQuantityChanged({ cartId: ownId, itemId: ownItemId, quantity: 12 }),
    ]);
    expect(claimCart(cartOf([opened, mugAdded]).state, CARLA, mine, limits).moved).toEqual([]);
  });

  it('never fails for the sake of a total: it takes as many as keep it exact', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const gold = { ...cap, price: { amount: 2 ** 51, currency: 'EUR' } };
    const guest = cartOf([opened, added(mugId, gold, 3)]);
    expect(quantitiesOf(after(own([ofOwn(gold, 2)]), guest))).toEqual([['CAP-1', 3]]);
    const full = { ...mug, price: { amount: most, currency: 'EUR' } };
    expect(claimCart(guest.state, CARLA, own([ofOwn(full, 1)]), limits).moved).toEqual([]);
    const at = (offer: typeof mug) => ({ ...offer, price: { amount: 2 ** 50, currency: 'EUR' } });
    const many = cartOf([opened, added(mugId, at(mug), 1), added(capAdded.itemId, at(cap), 10)]);
    const [, caps] = quantitiesOf(after(own([ofOwn(at(mug), 4)]), many));
    expect(caps).toEqual(['CAP-1', 2]);
    const free = { ...cap, price: { amount: 0, currency: 'EUR' } };
    expect(quantitiesOf(after(own([ofOwn(full, 1)]), cartOf([opened, added(mugId, free, 3)])))).toEqual([
      ['MUG-1', 1],
      ['CAP-1', 3],
    ]);
  });

  it('loses nothing: each quantity is the sum, or the most that fits, and the rest of the cart is as it was', () => {
    const wide = { maxItems: 6, maxQuantity: limits.maxQuantity };
    const keyOf = ({ sku, options }: Pick<CartItem, 'sku' | 'options'>) => JSON.stringify([sku, options]);
    fc.assert(
      fc.property(foreignItems, foreignItems, (mine, theirs) => {
        const before: OpenCart = { ...own().state, items: identified(mine, 1) };
        const guests = identified(theirs, 2);
        let cart: Cart = before;
        for (const event of mergedInto(before, guests, wide)) {
          expect(event.quantity).toBeGreaterThan(0);
          cart = cartDecider.evolve(cart, event, new Date(later));
        }
        const result = new Map(itemsOf(cart).map((item) => [keyOf(item), item]));
        for (const item of before.items) {
          const kept = result.get(keyOf(item));
          expect(kept).toMatchObject({ id: item.id, addedAt: item.addedAt });
          if (!guests.some((guest) => keyOf(guest) === keyOf(item))) expect(kept).toEqual(item);
        }
        const prices = [...result.values()].map(
          ({ quantity, unitPrice }) => BigInt(quantity) * BigInt(unitPrice),
        );
        const total = prices.reduce((sum, price) => sum + price, 0n);
        expect(total <= BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
        const isRoomy = [...before.items, ...guests].every(({ unitPrice }) => unitPrice <= 5_000);
        for (const { sku, options, from, into, result: sum } of mergeReport(
          guests,
          before.items,
          itemsOf(cart),
        )) {
          const whole = Math.min(wide.maxQuantity, from + into);
          expect(sum).toBeGreaterThanOrEqual(into);
          expect(sum).toBeLessThanOrEqual(whole);
          if (isRoomy && (into > 0 || result.size < wide.maxItems)) expect(sum).toBe(whole);
          expect(result.get(keyOf({ sku, options }))?.quantity ?? 0).toBe(sum);
        }
        expect(result.size).toBeLessThanOrEqual(Math.max(wide.maxItems, before.items.length));
      }),
    );
  });

  it('comes to the same when the report is made from what was stored', () => {
    const guest = cartOf([opened, mugAdded]);
    const moved = claimCart(guest.state, CARLA, own(), limits).moved;
    const stored = moved.map((event) => new ItemAdded(JSON.parse(JSON.stringify(event)) as ItemAdded));
    const at = new Date(later);
    const folded = (events: readonly ItemAdded[]) =>
      fold(
        cartDecider,
        own(),
        events.map((event) => ({ event, occurredAt: at })),
      );
    expect(folded(stored)).toEqual(folded(moved));
  });
});
