import type { Decider } from '../../event-sourcing/index.js';
import { isChangeOfItems, itemsAfter, standingAfter, type ItemShape } from './cart.fold.js';
import type { CartEvent, ItemAdded, ItemOptions, ItemRepriced } from './cart.events.js';

/** One line of a cart. */
export interface CartItem {
  readonly id: string;
  readonly sku: string;
  /** As the catalogue had it when the price was caught. */
  readonly name: string;
  readonly options: ItemOptions;
  readonly quantity: number;
  /** Minor units of the cart's currency, as caught when the item was last added to or repriced. */
  readonly unitPrice: number;
  /** When the item first appeared. */
  readonly addedAt: Date;
  /** When the price was caught. */
  readonly pricedAt: Date;
}

interface CartBody {
  readonly id: string;
  readonly currency: string;
  readonly customerId: string | null;
  /** Whether it was a guest's, until a customer claimed it. */
  readonly isClaimed: boolean;
  /** In the order in which they appeared. */
  readonly items: readonly CartItem[];
  readonly openedAt: Date;
  /** When the items last changed, which they begin with as the cart is opened. */
  readonly itemsChangedAt: Date;
}

/** Nothing was ever opened under this id. */
export interface UnopenedCart {
  readonly status: 'none';
}

/** Open for changes, and somebody is at it. */
export interface ActiveCart extends CartBody {
  readonly status: 'active';
}

/** Open for changes, though nobody has changed its items for long. */
export interface AbandonedCart extends CartBody {
  readonly status: 'abandoned';
}

/** Given up on purpose; it keeps what it held, and nothing changes it any more. */
export interface DiscardedCart extends CartBody {
  readonly status: 'discarded';
}

/** Its items went into another cart of the customer who claimed it; it keeps what it held, and nothing changes it any more. */
export interface MergedCart extends CartBody {
  readonly status: 'merged';
}

/** A cart that exists, open or not. */
export type OpenedCart = ActiveCart | AbandonedCart | DiscardedCart | MergedCart;

/** Every state that the stream `cart-<id>` can be in. */
export type Cart = UnopenedCart | OpenedCart;

export const cartDecider: Decider<Cart, CartEvent> = {
  category: 'cart',
  initialState: { status: 'none' },
  evolve(cart, event, occurredAt) {
    if (event.type === 'cart.opened') {
      const { cartId: id, currency, customerId } = event;
      const begun = { openedAt: occurredAt, itemsChangedAt: occurredAt };
      return { status: 'active', id, currency, customerId, isClaimed: false, items: [], ...begun };
    }
    if (cart.status === 'none') throw new Error(`"${event.type}" before "cart.opened".`);
    const items = itemsAfter(cart.items, event, shapeAt(occurredAt));
    return {
      ...cart,
      ...standingAfter(cart, event),
      isClaimed: cart.isClaimed || event.type === 'cart.claimed' || event.type === 'cart.merged',
      items,
      itemsChangedAt: isChangeOfItems(event) ? occurredAt : cart.itemsChangedAt,
    };
  },
};

function shapeAt(occurredAt: Date): ItemShape<CartItem> {
  const pricedAt = (event: ItemAdded | ItemRepriced): Date =>
    event.type === 'cart.item-added' && event.pricedAt !== undefined ? new Date(event.pricedAt) : occurredAt;
  return {
    of(event) {
      const { itemId: id, sku, name, options, quantity, unitPrice } = event;
      return { id, sku, name, options, quantity, unitPrice, addedAt: occurredAt, pricedAt: pricedAt(event) };
    },
    caught: (event) => ({ name: event.name, unitPrice: event.unitPrice, pricedAt: pricedAt(event) }),
  };
}
