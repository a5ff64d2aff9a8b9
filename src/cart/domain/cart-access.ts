import { emptyStream, type Versioned } from '../../event-sourcing/index.js';
import { cartDecider, type Cart } from './cart.js';

/** The credentials of a caller for one cart; `master` opens every cart. */
export type CartKey =
  | 'master'
  | {
      /** The authenticated customer; `null` for a guest. */
      readonly customerId: string | null;
      /** Whether the caller sent the token that was issued when the cart was opened. */
      readonly hasToken: boolean;
    };

/** A requested cart with the caller's key to it. */
export interface CartEntry {
  readonly cartId: string;
  readonly key: CartKey;
}

/** Whether a key opens a cart. The token opens a guest's cart; a customer's identity opens the customer's own carts. */
export function opens(key: CartKey, { customerId }: { readonly customerId: string | null }): boolean {
  if (key === 'master') return true;
  return customerId === null ? key.hasToken : key.customerId === customerId;
}

/** A cart as the holder of a key sees it: a cart that the key does not open does not exist. */
export function seenWith(key: CartKey, cart: Versioned<Cart>): Versioned<Cart> {
  return cart.state.status === 'none' || opens(key, cart.state) ? cart : emptyStream(cartDecider);
}
