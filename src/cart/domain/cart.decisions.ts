import type { Cart } from './cart.js';
import {
  CurrencyMismatch,
  ItemLimitReached,
  ProductNotFound,
  ProductNotSellable,
  QuantityOutOfRange,
} from './cart.errors.js';
import {
  CartAbandoned,
  CartCleared,
  CartDiscarded,
  CartOpened,
  ItemAdded,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
  type CartEvent,
  type ItemOptions,
} from './cart.events.js';
import {
  requireExisting,
  requireItem,
  isBuyable,
  requireExactTotal,
  requireOpen,
  type CartLimits,
  type Offer,
} from './cart.rules.js';
import { inStoredOrder, sameOptions } from './item-options.js';
import { itemTotal, totalsOf } from './items.fold.js';

/**
 * From the state of a cart to its next events; none if there is nothing to change. Throws a `DomainError` to
 * refuse.
 */
export type Decision = (cart: Cart) => CartEvent[];

/** A product to add to a cart. */
export interface Addition {
  /** The id that the item gets if it is new. */
  readonly itemId: string;
  readonly options: ItemOptions;
  readonly quantity: number;
}

/** Opens a cart; a cart that exists stays as it is. */
export function openCart(cartId: string, currency: string, customerId: string | null): Decision {
  return (cart) => (cart.status === 'none' ? [new CartOpened({ cartId, currency, customerId })] : []);
}

/**
 * Adds to the item of the same SKU with the same options, or makes a new item. The whole item takes today's name
 * and price, because the shopper has just seen them.
 * @param offer `undefined` for a product that the catalogue does not know
 */
export function addItem(offer: Offer | undefined, addition: Addition, limits: CartLimits): Decision {
  return (cart) => {
    requireExisting(cart);
    if (offer === undefined) throw new ProductNotFound();
    const { id: cartId, currency, items, total } = requireOpen(cart);
    if (!offer.active) throw new ProductNotSellable();
    if (offer.price.currency !== currency) throw new CurrencyMismatch(currency, offer.price.currency);

    const { sku, name } = offer;
    const unitPrice = offer.price.amount;
    const options = inStoredOrder(addition.options);
    const present = items.find((item) => item.sku === sku && sameOptions(item.options, options));
    const quantity = (present?.quantity ?? 0) + addition.quantity;
    if (addition.quantity < 1 || quantity > limits.maxQuantity) {
      throw new QuantityOutOfRange(1, limits.maxQuantity, present?.quantity);
    }
    if (present === undefined && items.length >= limits.maxItems) throw new ItemLimitReached(limits.maxItems);
    requireExactTotal(total - (present ? itemTotal(present) : 0) + itemTotal({ quantity, unitPrice }));

    const itemId = present?.id ?? addition.itemId;
    return [new ItemAdded({ cartId, itemId, sku, name, options, quantity: addition.quantity, unitPrice })];
  };
}

/** Sets the quantity of an item; 0 removes it. */
export function changeQuantity(itemId: string, quantity: number, limits: CartLimits): Decision {
  return (cart) => {
    const item = requireItem(cart, itemId);
    const { id: cartId, total } = requireOpen(cart);
    if (quantity === item.quantity) return [];
    if (quantity === 0) return [new ItemRemoved({ cartId, itemId })];
    if (quantity < 0 || quantity > limits.maxQuantity) throw new QuantityOutOfRange(0, limits.maxQuantity);
    const { unitPrice } = item;
    requireExactTotal(total - itemTotal(item) + itemTotal({ quantity, unitPrice }));
    return [new ItemQuantityChanged({ cartId, itemId, quantity })];
  };
}

export function removeItem(itemId: string): Decision {
  return (cart) => {
    requireItem(cart, itemId);
    const { id: cartId } = requireOpen(cart);
    return [new ItemRemoved({ cartId, itemId })];
  };
}

export function clearCart(): Decision {
  return (cart) => {
    const { id: cartId, items } = requireOpen(cart);
    return items.length === 0 ? [] : [new CartCleared({ cartId })];
  };
}

/**
 * The time at which an idle cart becomes abandoned; `undefined` for a cart that is not active.
 * @param idleMs milliseconds
 */
export function abandonedFrom(cart: Cart, idleMs: number): Date | undefined {
  return cart.status === 'active' ? new Date(cart.itemsChangedAt.getTime() + idleMs) : undefined;
}

/** Abandons an active cart whose items nobody has changed for `idleMs` milliseconds. */
export function abandonCart(now: Date, idleMs: number): Decision {
  return (cart) => {
    const from = abandonedFrom(cart, idleMs);
    if (cart.status !== 'active' || from === undefined || now < from) return [];
    return [new CartAbandoned({ cartId: cart.id })];
  };
}

/** Discards a cart; a discarded cart stays as it is. */
export function discardCart(): Decision {
  return (cart) => {
    const opened = requireExisting(cart);
    if (opened.status === 'discarded') return [];
    return [new CartDiscarded({ cartId: requireOpen(opened).id })];
  };
}

/**
 * Gives every item today's name and price. Items that cannot be bought today keep their own.
 * @param offers of the catalogue, by SKU
 */
export function repriceCart(offers: ReadonlyMap<string, Offer>): Decision {
  return (cart) => {
    const { id: cartId, currency, items } = requireOpen(cart);
    const events: ItemRepriced[] = [];
    const repriced = items.map((item) => {
      const offer = offers.get(item.sku);
      if (offer === undefined || !isBuyable(offer, currency)) return item;
      const { name } = offer;
      const { amount: unitPrice } = offer.price;
      if (unitPrice === item.unitPrice && name === item.name) return item;
      events.push(new ItemRepriced({ cartId, itemId: item.id, name, unitPrice }));
      return { quantity: item.quantity, unitPrice };
    });
    requireExactTotal(totalsOf(repriced).total);
    return events;
  };
}
