import type { Cart, CartItem, OpenCart, OpenedCart } from './cart.js';
import type { OpenStatus } from './cart.fold.js';
import { AmountOutOfRange, CartClosed, CartNotFound, ItemNotFound } from './cart.errors.js';

/** Limits of carts and items. */
export interface CartLimits {
  /** Most items in a cart. */
  readonly maxItems: number;
  /** Highest quantity of an item. */
  readonly maxQuantity: number;
}

/** A product of the catalogue at the time of the decision. */
export interface Offer {
  readonly sku: string;
  readonly name: string;
  /** Minor units. */
  readonly price: { readonly amount: number; readonly currency: string };
  readonly active: boolean;
}

/** Whether a product can be added to a cart of this currency today. */
export function isBuyable(offer: Offer, cartCurrency: string): boolean {
  return offer.active && offer.price.currency === cartCurrency;
}

/** @throws CartNotFound */
export function requireExisting(cart: Cart): OpenedCart {
  if (cart.status === 'none') throw new CartNotFound();
  return cart;
}

/** @throws CartNotFound, ItemNotFound */
export function requireItem(cart: Cart, itemId: string): CartItem {
  const item = requireExisting(cart).items.find(({ id }) => id === itemId);
  if (item === undefined) throw new ItemNotFound();
  return item;
}

/** Whether a cart takes changes. */
export function isOpen<C extends { readonly status: string }>(
  cart: C,
): cart is C & { readonly status: OpenStatus } {
  return cart.status === 'active' || cart.status === 'abandoned';
}

/** @throws CartNotFound, CartClosed */
export function requireOpen(cart: Cart): OpenCart {
  const opened = requireExisting(cart);
  if (!isOpen(opened)) throw new CartClosed(opened.status);
  return opened;
}

/**
 * Checks that the total of a cart, in minor units, is exact.
 * @throws AmountOutOfRange beyond 2^53-1 minor units
 */
export function requireExactTotal(total: number): void {
  // No amount is negative, and rounding never brings a sum beyond 2^53-1 back below it. So checking the sum checks
  // its parts.
  if (!Number.isSafeInteger(total)) throw new AmountOutOfRange();
}
