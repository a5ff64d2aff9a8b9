import type { Versioned } from '../../event-sourcing/index.js';
import type { Cart, OpenCart } from './cart.js';
import { CartClaimed, CartMerged, type ItemAdded } from './cart.events.js';
import { requireExisting, requireOpen, type CartLimits } from './cart.rules.js';
import { CartsInTwoCurrencies } from './customer.errors.js';
import { mergedInto } from './merge.js';

/** The events of a claim. None if the cart is the customer's already. */
export interface Claim {
  /** On the claimed cart: it becomes the customer's, or is closed. */
  readonly claimed: readonly (CartClaimed | CartMerged)[];
  /** On the customer's open cart. */
  readonly moved: readonly ItemAdded[];
}

/** Whether a cart has no owner yet. Only then the customer's open cart matters to a claim. */
export function isUnowned(cart: Cart): boolean {
  return cart.status !== 'none' && cart.customerId === null;
}

/**
 * Makes a guest's cart the customer's, or merges it into the customer's open cart. It succeeds with any items in
 * both carts. A repeated claim changes nothing, even if the cart is closed by now.
 * @param cart as the caller sees it. A cart with an owner is therefore the caller's own
 * @param into the customer's open cart, if there is one
 * @throws CartNotFound, CartClosed, CartsInTwoCurrencies
 */
export function claimCart(
  cart: Cart,
  customerId: string,
  into: Versioned<OpenCart> | undefined,
  limits: CartLimits,
): Claim {
  const opened = requireExisting(cart);
  if (!opened.isClaimed) requireOpen(opened);
  if (opened.customerId !== null) return { claimed: [], moved: [] };
  const { id: cartId, currency, items } = opened;
  if (into === undefined) return { claimed: [new CartClaimed({ cartId, customerId })], moved: [] };

  const { state: own, version: intoBefore } = into;
  if (currency !== own.currency) throw new CartsInTwoCurrencies(currency, own.currency);
  const moved = mergedInto(own, items, limits);
  const intoAfter = intoBefore + moved.length;
  const merged = new CartMerged({ cartId, customerId, intoCartId: own.id, intoBefore, intoAfter });
  return { claimed: [merged], moved };
}
