import { emptyStream, fold, type Versioned } from '../../event-sourcing/index.js';
import { cartDecider, type Cart, type CartItem, type OpenCart } from '../domain/cart.js';
import { CartOpened, ItemAdded, type CartEvent, type ItemOptions } from '../domain/cart.events.js';
import { isOpen, type Offer } from '../domain/cart.rules.js';
import { claimCart } from '../domain/claim.js';
import { limits } from './examples.js';

/** A customer with a cart, for specs of claims. */
export const CARLA = 'carla';
export const ownId = '0197a2f0-9d02-7a31-8c55-3be09f1d2a47';
export const ownItemId = '0197a2f0-9d02-7a31-8c55-3be09f1d2a48';
export const ownOpened = new CartOpened({ cartId: ownId, currency: 'EUR', customerId: CARLA });

/** A cart folded from events that occurred a second apart. */
export function cartOf(events: readonly CartEvent[], from = Date.UTC(2030, 0, 1)): Versioned<Cart> {
  const recorded = events.map((event, index) => ({ event, occurredAt: new Date(from + index * 1_000) }));
  return fold(cartDecider, emptyStream(cartDecider), recorded);
}

/** The customer's open cart. */
export function own(events: readonly CartEvent[] = [], from?: number): Versioned<OpenCart> {
  const cart = cartOf([ownOpened, ...events], from);
  if (!isOpen(cart.state)) throw new Error('The cart of these events is closed; give events of an open one.');
  return { ...cart, state: cart.state };
}

/** The addition of an offer to the customer's cart. */
export function ofOwn({ sku, name, price }: Offer, quantity: number, options: ItemOptions = {}): ItemAdded {
  const unitPrice = price.amount;
  return new ItemAdded({ cartId: ownId, itemId: ownItemId, sku, name, options, quantity, unitPrice });
}

/** The customer's cart after a claim of another cart. */
export function afterClaim(into: Versioned<OpenCart>, guest: Versioned<Cart>): Cart {
  const { moved } = claimCart(guest.state, CARLA, into, limits);
  const occurredAt = new Date(Date.UTC(2031, 0, 1));
  return fold(
    cartDecider,
    into,
    moved.map((event) => ({ event, occurredAt })),
  ).state;
}

export function itemsOf(cart: Cart): readonly CartItem[] {
  return cart.status === 'none' ? [] : cart.items;
}

export function quantitiesOf(cart: Cart): [sku: string, quantity: number][] {
  return itemsOf(cart).map(({ sku, quantity }) => [sku, quantity]);
}
