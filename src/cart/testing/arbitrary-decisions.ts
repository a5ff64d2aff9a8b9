import fc from 'fast-check';
import { emptyStream, fold, DomainError, type Versioned } from '../../event-sourcing/index.js';
import { cartDecider, type Cart, type CartItem, type OpenCart } from '../domain/cart.js';
import { totalsOf } from '../domain/items.fold.js';
import {
  addItem,
  changeQuantity,
  clearCart,
  discardCart,
  openCart,
  removeItem,
  repriceCart,
  type Decision,
} from '../domain/cart.decisions.js';
import type { CartEvent } from '../domain/cart.events.js';
import { isOpen, type Offer } from '../domain/cart.rules.js';
import { claimCart } from '../domain/claim.js';
import { mergedInto } from '../domain/merge.js';
import { addition, cartId, limits, offer } from './examples.js';

/**
 * A decision as plain data, so that a failing run can print it. An item is named by the index of the wish that may
 * have made it.
 */
export type Wish =
  | {
      readonly do: 'add';
      readonly offer: Offer;
      readonly quantity: number;
      readonly options: Record<string, string>;
    }
  | { readonly do: 'change'; readonly item: number; readonly quantity: number }
  | { readonly do: 'remove'; readonly item: number }
  | { readonly do: 'reprice'; readonly offers: readonly Offer[] }
  | { readonly do: 'take in'; readonly items: readonly ForeignItem[] }
  | { readonly do: 'open' | 'clear' | 'discard' | 'claim' | 'merge' };

/** An item of another cart. */
export type ForeignItem = Omit<CartItem, 'id' | 'addedAt'>;

const anOffer = fc
  .record({
    sku: fc.constantFrom('A', 'B', 'C'),
    amount: fc.oneof(fc.nat(5_000), fc.constantFrom(0, Number.MAX_SAFE_INTEGER, 2 ** 52)),
    currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
    active: fc.constantFrom(true, true, true, false),
  })
  .map(({ sku, amount, currency, active }) => offer(sku, amount, currency, active));

const anItem = fc.nat(6);
const aQuantity = fc.integer({ min: -1, max: limits.maxQuantity + 1 });
const someOptions = fc.constantFrom(
  {},
  { size: 'L' },
  { size: 'L', colour: 'red' },
  { colour: 'red', size: 'L' },
);

/** Items of another cart: each SKU with the same options once, and an exact total. */
export const foreignItems: fc.Arbitrary<ForeignItem[]> = fc
  .uniqueArray(
    fc
      .tuple(
        fc.constantFrom('A', 'B', 'C', 'D'),
        fc.constantFrom({}, { size: 'L' }),
        fc.integer({ min: 1, max: limits.maxQuantity }),
        fc.oneof(fc.nat(5_000), fc.constantFrom(0, 2 ** 48, 2 ** 49, 2 ** 50)),
        fc.date({
          min: new Date(Date.UTC(2029, 11, 31)),
          max: new Date(Date.UTC(2030, 0, 2)),
          noInvalidDate: true,
        }),
      )
      .map(([sku, options, quantity, unitPrice, pricedAt]) => {
        return { sku, options, quantity, unitPrice, pricedAt, name: `Name of ${sku}` };
      }),
    { maxLength: 4, selector: ({ sku, options }) => JSON.stringify([sku, options]) },
  )
  .filter((items) => Number.isSafeInteger(totalsOf(items).total));

/** Any wish. Most are additions, because an empty cart shows little. */
export const aWish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      offer: anOffer,
      quantity: aQuantity,
      options: someOptions,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('change' as const), item: anItem, quantity: aQuantity }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), item: anItem }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reprice' as const),
      offers: fc.array(anOffer, { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'clear' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('take in' as const), items: foreignItems }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('discard' as const, 'claim' as const, 'merge' as const) }),
  },
);

const OTHER_ID = '0197a2f0-9d02-7a31-8c55-3be09f1d2a47';
const CUSTOMER = 'carla';

const itemIdAt = (place: number): string => `0197a2f0-7a05-7f6c-8d2e-${String(place).padStart(12, '0')}`;

/** Gives items of another cart unique ids. */
export function identified(items: readonly ForeignItem[], place: number): CartItem[] {
  const addedAt = new Date(Date.UTC(2029, 0, 1));
  return items.map((item, index) => ({ ...item, id: itemIdAt(1_000 + place * 10 + index), addedAt }));
}

/** A customer's empty cart of the same currency. */
function otherCart(): Versioned<OpenCart> {
  const opened = openCart(OTHER_ID, 'EUR', CUSTOMER)(cartDecider.initialState);
  const occurredAt = new Date(Date.UTC(2029, 0, 1));
  const cart = fold(
    cartDecider,
    emptyStream(cartDecider),
    opened.map((event) => ({ event, occurredAt })),
  );
  if (!isOpen(cart.state)) throw new Error('A cart that was opened is open.');
  return { ...cart, state: cart.state };
}

/** The decision of a wish; `place` is the index of the wish. */
export function decisionOf(wish: Wish, place: number): Decision {
  switch (wish.do) {
    case 'add':
      return addItem(wish.offer, addition(itemIdAt(place), wish.quantity, wish.options), limits);
    case 'change':
      return changeQuantity(itemIdAt(wish.item), wish.quantity, limits);
    case 'remove':
      return removeItem(itemIdAt(wish.item));
    case 'reprice':
      return repriceCart(new Map(wish.offers.map((each) => [each.sku, each])));
    case 'open':
      return openCart(cartId, 'EUR', null);
    case 'clear':
      return clearCart();
    case 'discard':
      return discardCart();
    case 'claim':
      return (cart) => [...claimCart(cart, CUSTOMER, undefined, limits).claimed];
    case 'merge':
      return (cart) => [...claimCart(cart, CUSTOMER, otherCart(), limits).claimed];
    case 'take in':
      return (cart) => (isOpen(cart) ? mergedInto(cart, identified(wish.items, place), limits) : []);
  }
}

/** An event, when it occurred, and the cart after it. */
export interface Told {
  readonly event: CartEvent;
  readonly occurredAt: Date;
  readonly after: Versioned<Cart>;
}

/** The events of wishes, one after the other, on a new cart. Refusals are skipped; other errors are thrown. */
export function story(
  wishes: readonly Wish[],
  inspect: (cart: Versioned<Cart>, wish: Wish) => void = () => undefined,
): Told[] {
  const told: Told[] = [];
  let cart: Versioned<Cart> = emptyStream(cartDecider);
  const tell = (decide: Decision) => {
    for (const event of accepted(decide, cart.state)) {
      const occurredAt = new Date(Date.UTC(2030, 0, 1) + told.length * 1_000);
      cart = fold(cartDecider, cart, [{ event, occurredAt }]);
      told.push({ event, occurredAt, after: cart });
    }
  };
  tell(openCart(cartId, 'EUR', null));
  wishes.forEach((wish, place) => {
    tell(decisionOf(wish, place));
    inspect(cart, wish);
  });
  return told;
}

/** The events of a decision; none if it is refused. */
export function accepted(decide: Decision, cart: Cart): CartEvent[] {
  try {
    return decide(cart);
  } catch (error) {
    if (error instanceof DomainError) return [];
    throw error;
  }
}
