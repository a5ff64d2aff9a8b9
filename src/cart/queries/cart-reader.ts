import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { DomainError, ViewWatch } from '../../event-sourcing/index.js';
import type { CartContent } from '../cart-content.js';
import { opens, type CartEntry } from '../domain/cart-access.js';
import { CartDetails } from '../views/cart-details.entity.js';
import { CartDoor } from './cart-door.js';

/** Milliseconds that a reader waits for the view to catch up with the log. */
const PATIENCE = 2_000;

/** Reads carts from the view, and knows when to wait for it. */
@Injectable()
export class CartReader {
  constructor(
    @InjectRepository(CartDetails, 'query') private readonly carts: Repository<CartDetails>,
    private readonly door: CartDoor,
    private readonly watch: ViewWatch,
  ) {}

  /**
   * @param minVersion the version that the cart must have reached
   * @throws DomainError `CART_NOT_FOUND`; `VIEW_BEHIND` when the cart is there, but the view did not show it in time
   */
  async read({ cartId, key }: CartEntry, minVersion = 1): Promise<CartContent> {
    const look = async () => {
      const row = await this.carts.findOneBy({ id: cartId });
      const isFit = row !== null && row.version >= minVersion && opens(key, row);
      return isFit && !this.door.isShut({ cartId, key }) ? row : undefined;
    };
    const atOnce = await look();
    if (atOnce !== undefined) return atOnce;
    await this.door.enter({ cartId, key });
    const row = await this.watch.until(look, PATIENCE);
    if (row === undefined) {
      // It may have been claimed meanwhile, and is not there for the token any more.
      await this.door.enter({ cartId, key });
      throw new DomainError('VIEW_BEHIND', `Version ${minVersion} of this cart is not in the view yet.`);
    }
    return row;
  }
}
