import type { Decider } from '../../event-sourcing/index.js';
import type { CartAssigned } from './customer.events.js';

/** What carts need to know of a customer. */
export interface Customer {
  /** The cart that was assigned last, open or closed by now; `null` where there never was one. */
  readonly cartId: string | null;
}

/** Sees to it that a customer has one open cart at most: whoever assigns a cart appends to this stream. */
export const customerDecider: Decider<Customer, CartAssigned> = {
  category: 'customer',
  initialState: { cartId: null },
  evolve: (_customer, { cartId }) => ({ cartId }),
};
