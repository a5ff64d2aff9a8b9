import type { Versioned } from '../../event-sourcing/index.js';
import type { Cart } from '../domain/cart.js';
import { totalsOf, type CartStatus } from '../domain/cart.fold.js';
import type { ItemOptions } from '../domain/cart.events.js';

/** One line of a cart, as answers tell of it. */
export interface ItemContent {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly options: ItemOptions;
  readonly quantity: number;
  /** Minor units of the cart's currency. */
  readonly unitPrice: number;
  readonly addedAt: Date;
}

/** A cart at one version, from whichever side it was read: folded just now, or from the view. */
export interface CartContent {
  readonly id: string;
  /** Number of its events. */
  readonly version: number;
  readonly status: CartStatus;
  readonly customerId: string | null;
  readonly currency: string;
  /** In the order in which they appeared. */
  readonly items: readonly ItemContent[];
  readonly itemCount: number;
  /** All quantities together. */
  readonly quantity: number;
  /** Minor units. */
  readonly total: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * The content of a folded cart.
 * @throws Error for a cart that was never opened
 */
export function cartContent({ state, version, occurredAt }: Versioned<Cart>): CartContent {
  if (state.status === 'none' || occurredAt === undefined)
    throw new Error('There is no cart in this stream.');
  const { id, status, customerId, currency, items, openedAt: createdAt } = state;
  return {
    id,
    version,
    status,
    customerId,
    currency,
    items,
    itemCount: items.length,
    ...totalsOf(items),
    createdAt,
    updatedAt: occurredAt,
  };
}
