import type { Decider } from '../../event-sourcing/index.js';
import type { CartAssigned } from './customer.events.js';

/** What decisions about carts need to know of a customer. */
export interface Customer {
  /** The cart that was assigned last, open or closed; `null` if there was none yet. */
  readonly cartId: string | null;
}

/**
 * Every assignment of a cart appends to this stream, so that concurrent ones conflict and a customer has at most
 * one open cart.
 */
export const customerDecider: Decider<Customer, CartAssigned> = {
  category: 'customer',
  initialState: { cartId: null },
  evolve: (_customer, { cartId }) => ({ cartId }),
};
