import type { Addition } from '../domain/cart.decisions.js';
import { CartOpened, ItemAdded } from '../domain/cart.events.js';
import type { CartLimits, Offer } from '../domain/cart.rules.js';

/** One cart with its items and products, for specs. */
export const cartId = '0197a2f0-6c1e-7d43-9b1a-4f0f5c7b2e11';
export const mugId = '0197a2f0-7a05-7f6c-8d2e-1c9be6f3a902';
export const capId = '0197a2f0-7a05-7f6c-8d2e-1c9be6f3a903';

export const limits: CartLimits = { maxItems: 2, maxQuantity: 10 };

export const mug = offer('MUG-1', 1999);
export const cap = offer('CAP-1', 1250);

export const opened = new CartOpened({ cartId, currency: 'EUR', customerId: null });
export const mugAdded = added(mugId, mug, 2);
export const capAdded = added(capId, cap, 1);

/** A product for sale at a price in cents. */
export function offer(sku: string, amount: number, currency = 'EUR', active = true): Offer {
  return { sku, name: `Name of ${sku}`, price: { amount, currency }, active };
}

/** An addition of a quantity. */
export function addition(itemId: string, quantity: number, options: Addition['options'] = {}): Addition {
  return { itemId, quantity, options };
}

/** The addition of an offer to the cart. */
export function added(
  itemId: string,
  { sku, name, price }: Offer,
  quantity: number,
  options: Addition['options'] = {},
): ItemAdded {
  return new ItemAdded({ cartId, itemId, sku, name, options, quantity, unitPrice: price.amount });
}
