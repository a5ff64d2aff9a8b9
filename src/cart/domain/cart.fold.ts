import { isItemEvent, type CartEvent, type CartOpened } from './cart.events.js';

/** Every status that an existing cart can have. */
export const CART_STATUSES = ['active', 'abandoned', 'discarded', 'merged'] as const;

export type CartStatus = (typeof CART_STATUSES)[number];

/** A cart of these statuses takes changes. */
export type OpenStatus = 'active' | 'abandoned';

/**
 * The attributes of a cart that decisions, views and clients share. Add a new attribute of a cart here first: the
 * compiler then reports its missing column, property in the API, and example.
 */
export interface CartFacts {
  readonly status: CartStatus;
  /** `null` for a guest's cart. */
  readonly customerId: string | null;
  readonly currency: string;
}

/** The facts of a cart that has just been opened. */
export function openedFacts({ customerId, currency }: CartOpened): CartFacts {
  return { status: 'active', customerId, currency };
}

/** The facts that a later event changes. Any change of items makes a cart active. */
export function changedFacts(event: Exclude<CartEvent, CartOpened>): Partial<CartFacts> {
  if (isItemEvent(event)) return { status: 'active' };
  switch (event.type) {
    case 'cart.abandoned':
      return { status: 'abandoned' };
    case 'cart.discarded':
      return { status: 'discarded' };
    case 'cart.claimed':
      return { customerId: event.customerId };
    case 'cart.merged':
      return { status: 'merged', customerId: event.customerId };
  }
}

/** Only the facts, without other attributes of the object. */
export function factsOf({ status, customerId, currency }: CartFacts): CartFacts {
  return { status, customerId, currency };
}
