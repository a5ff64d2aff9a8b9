import type { Versioned } from '../../event-sourcing/index.js';
import type { Cart } from '../domain/cart.js';
import { factsOf, type CartFacts } from '../domain/cart.fold.js';
import { totalsOf, type Item, type Totals } from '../domain/items.fold.js';

/** A cart at one version, either folded from its stream or read from the view. */
export interface CartContent extends CartFacts, Totals {
  readonly id: string;
  /** Number of its events. */
  readonly version: number;
  /** In the order in which they appeared. */
  readonly items: readonly Item[];
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
  const { id, items, openedAt: createdAt } = state;
  return { id, version, ...factsOf(state), items, ...totalsOf(items), createdAt, updatedAt: occurredAt };
}
