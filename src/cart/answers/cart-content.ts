import type { Versioned } from '../../event-sourcing/index.js';
import type { Cart } from '../domain/cart.js';
import { factsOf, type CartFacts } from '../domain/cart.fold.js';
import type { Item, ItemList } from '../domain/items.fold.js';

/** A cart at one version, either folded from its stream or read from the view. */
export interface CartContent extends CartFacts, ItemList<Item> {
  readonly id: string;
  /** Number of its events. */
  readonly version: number;
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
  const { id, items, itemCount, quantity, total, openedAt: createdAt } = state;
  const list = { items, itemCount, quantity, total };
  return { id, version, ...factsOf(state), ...list, createdAt, updatedAt: occurredAt };
}
