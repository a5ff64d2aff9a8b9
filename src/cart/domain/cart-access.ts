import { emptyStream, type Versioned } from '../../event-sourcing/index.js';
import { cartDecider, type Cart } from './cart.js';

/** What a caller has to show for a cart; `master` opens every cart. */
export type CartKey =
  | 'master'
  | {
      /** Who the caller is known to be; `null` for a guest. */
      readonly customerId: string | null;
      /** Whether the caller holds the token that was given out when the cart was opened. */
      readonly hasToken: boolean;
    };

/** A cart that is asked for, and what the caller has to show for it. */
export interface CartEntry {
  readonly cartId: string;
  readonly key: CartKey;
}

/** Whether a key opens a cart: the token a guest's, and a customer their own. */
export function opens(key: CartKey, { customerId }: { readonly customerId: string | null }): boolean {
  if (key === 'master') return true;
  return customerId === null ? key.hasToken : key.customerId === customerId;
}

/** A cart as the holder of a key sees it: one that the key does not open is not there. */
export function seenWith(key: CartKey, cart: Versioned<Cart>): Versioned<Cart> {
  return cart.state.status === 'none' || opens(key, cart.state) ? cart : emptyStream(cartDecider);
}
