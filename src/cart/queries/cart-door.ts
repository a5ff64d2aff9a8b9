import { Injectable } from '@nestjs/common';
import { EventLog, EventStore, streamName } from '../../event-sourcing/index.js';
import { cartDecider } from '../domain/cart.js';
import { seenWith, type CartEntry } from '../domain/cart-access.js';
import { CartNotFound, VersionNotFound } from '../domain/cart.errors.js';

/**
 * Lets a query look at a cart that its key opens. It asks the log, which shows every change that any process has acknowledged: a
 * view, and the states in memory, may still show a claimed cart as a guest's.
 */
@Injectable()
export class CartDoor {
  constructor(
    private readonly log: EventLog,
    private readonly store: EventStore,
  ) {}

  /**
   * @param minVersion a version that the cart must have reached
   * @returns the present version of the cart
   * @throws CartNotFound also for a cart that the key does not open: the two must look alike
   * @throws VersionNotFound when the cart has not reached `minVersion`
   */
  async enter({ cartId, key }: CartEntry, minVersion = 1): Promise<number> {
    const version = await this.log.streamVersion(streamName(cartDecider, cartId));
    if (version === 0) throw new CartNotFound();
    const present = await this.store.reached(cartDecider, cartId, version);
    if (seenWith(key, present).state.status === 'none') throw new CartNotFound();
    if (minVersion > version) throw new VersionNotFound(version);
    return version;
  }
}
