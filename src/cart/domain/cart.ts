import type { Decider } from '../../event-sourcing/index.js';
import type { CartEvent, ItemAdded, ItemOptions } from './cart.events.js';

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
    const having = (items: readonly CartItem[]): ActiveCart => {
      return { ...cart, status: 'active', items, itemsChangedAt: occurredAt };
    };
    switch (event.type) {
      case 'cart.item-added':
        return having(withAdded(cart.items, event, occurredAt));
      case 'cart.item-quantity-changed':
        return having(withChanged(cart.items, event.itemId, { quantity: event.quantity }));
      case 'cart.item-removed':
        return having(cart.items.filter((item) => item.id !== event.itemId));
      case 'cart.cleared':
        return having([]);
      case 'cart.item-repriced': {
        const { itemId, name, unitPrice } = event;
        return having(withChanged(cart.items, itemId, { name, unitPrice, pricedAt: occurredAt }));
      }
      case 'cart.abandoned':
        return { ...cart, status: 'abandoned' };
      case 'cart.discarded':
        return { ...cart, status: 'discarded' };
      case 'cart.claimed':
        return { ...cart, customerId: event.customerId, isClaimed: true };
      case 'cart.merged':
        return { ...cart, status: 'merged', customerId: event.customerId, isClaimed: true };
    }
  },
};

function withAdded(items: readonly CartItem[], added: ItemAdded, addedAt: Date): CartItem[] {
  const { itemId: id, sku, name, options, quantity, unitPrice } = added;
  const pricedAt = added.pricedAt === undefined ? addedAt : new Date(added.pricedAt);
  const present = items.find((item) => item.id === id);
  if (present === undefined) {
    return [...items, { id, sku, name, options, quantity, unitPrice, addedAt, pricedAt }];
  }
  return withChanged(items, id, { name, unitPrice, pricedAt, quantity: present.quantity + quantity });
}

function withChanged(items: readonly CartItem[], itemId: string, change: Partial<CartItem>): CartItem[] {
  return items.map((item) => (item.id === itemId ? { ...item, ...change } : item));
}

/** What an item comes to, in minor units. */
export function itemTotal({ quantity, unitPrice }: Pick<CartItem, 'quantity' | 'unitPrice'>): number {
  return quantity * unitPrice;
}

/** What items come to together: quantities, and minor units. */
export function totalsOf(items: readonly Pick<CartItem, 'quantity' | 'unitPrice'>[]): {
  quantity: number;
  total: number;
} {
  let quantity = 0;
  let total = 0;
  for (const item of items) {
    quantity += item.quantity;
    total += itemTotal(item);
  }
  return { quantity, total };
}
