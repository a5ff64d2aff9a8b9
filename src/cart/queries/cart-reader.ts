import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { DomainError, ViewWatch } from '../../event-sourcing/index.js';
import type { CartContent } from '../cart-content.js';
import { opens, type CartEntry } from '../domain/cart-access.js';
import { CartNotFound } from '../domain/cart.errors.js';
import { CartDetails } from '../views/cart-details.entity.js';
import { CartDoor } from './cart-door.js';

/** Milliseconds that a reader waits for the view to catch up with the log. */
const PATIENCE = 2_000;

/** Reads carts from the view, at the version that the log has when the request arrives, or at a later one. */
@Injectable()
export class CartReader {
  constructor(
    @InjectRepository(CartDetails, 'query') private readonly carts: Repository<CartDetails>,
    private readonly door: CartDoor,
    private readonly watch: ViewWatch,
  ) {}

  /**
   * @param minVersion a version that the cart must have reached
   * @throws CartNotFound also for a cart that the key does not open
   * @throws VersionNotFound when the cart has not reached `minVersion`
   * @throws DomainError `VIEW_BEHIND` when the view does not show the present version in time
   */
  async read({ cartId, key }: CartEntry, minVersion?: number): Promise<CartContent> {
    const version = await this.door.enter({ cartId, key }, minVersion);
    const row = await this.watch.until(async () => {
      const found = await this.carts.findOneBy({ id: cartId });
      return found !== null && found.version >= version ? found : undefined;
    }, PATIENCE);
    if (row === undefined) {
      throw new DomainError(
        'VIEW_BEHIND',
        `The view does not show version ${version} of this cart yet. Retry.`,
      );
    }
    // Somebody may have claimed the cart since the look at the log.
    if (!opens(key, row)) throw new CartNotFound();
    return row;
  }
}
