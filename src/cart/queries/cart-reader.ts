import { Injectable } from '@nestjs/common';
import { DomainError, EventStore, SubscriptionRunner, ViewWatch } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from '../cart-content.js';
import { cartDecider } from '../domain/cart.js';
import { opens, type CartEntry } from '../domain/cart-access.js';
import { CartNotFound } from '../domain/cart.errors.js';
import { CARTS, type CartRows } from '../views/carts.projection.js';
import { CartDoor } from './cart-door.js';

/** Milliseconds that a reader waits for the view to catch up with the log. */
const PATIENCE = 2_000;

/** Reads carts from the view, at the version that the log has when the request arrives, or at a later one. */
@Injectable()
export class CartReader {
  constructor(
    private readonly runner: SubscriptionRunner,
    private readonly door: CartDoor,
    private readonly store: EventStore,
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
    const cart = await this.watch.until(() => this.look(cartId, version), PATIENCE);
    if (cart === undefined) {
      throw new DomainError(
        'VIEW_BEHIND',
        `The view does not show version ${version} of this cart yet. Retry.`,
      );
    }
    // Somebody may have claimed the cart since the look at the log.
    if (!opens(key, cart)) throw new CartNotFound();
    return cart;
  }

  /** The cart from the view; while that is filled for the first time, from its stream. */
  private async look(cartId: string, version: number): Promise<CartContent | undefined> {
    const views = this.runner.views.get(CARTS);
    const { cart, items } = ((await views?.read(cartId))?.rows ?? {}) as Partial<CartRows>;
    if (cart && items && cart.version >= version) return { ...cart, id: cart.cartId, items };
    if (await views?.isFilled()) return undefined;
    return cartContent(await this.store.reached(cartDecider, cartId, version));
  }
}
