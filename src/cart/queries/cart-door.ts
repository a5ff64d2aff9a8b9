import { Injectable } from '@nestjs/common';
import { EventLog, EventStore, streamName } from '../../event-sourcing/index.js';
import { cartDecider } from '../domain/cart.js';
import { opens, seenWith, type CartEntry } from '../domain/cart-access.js';
import { CartNotFound } from '../domain/cart.errors.js';

/** Lets queries look at the carts that their keys open. The log knows whose a cart is, also while the view does not. */
@Injectable()
export class CartDoor {
  constructor(
    private readonly log: EventLog,
    private readonly store: EventStore,
  ) {}

  /**
   * @returns the present version of the cart
   * @throws CartNotFound also for a cart that the key does not open: the two must look alike
   */
  async enter({ cartId, key }: CartEntry): Promise<number> {
    // The states in memory may be behind what another process has just done, such as opening or claiming the cart: the log is not.
    const version = await this.log.streamVersion(streamName(cartDecider, cartId));
    if (version === 0) throw new CartNotFound();
    const present = await this.store.reached(cartDecider, cartId, version);
    if (seenWith(key, present).state.status === 'none') throw new CartNotFound();
    return version;
  }

  /**
   * Whether this process knows already that the key has ceased to open the cart, as a guest's does with the claim of the cart: the
   * view may show it as a guest's for some moments more.
   */
  isShut({ cartId, key }: CartEntry): boolean {
    const state = this.store.known(cartDecider, cartId)?.state;
    return state !== undefined && state.status !== 'none' && !opens(key, state);
  }
}
