import { setTimeout as after } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { BEHIND, DomainError, EventStore, LiveViews } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from '../answers/cart-content.js';
import { cartDecider } from '../domain/cart.js';
import { opens, type CartEntry } from '../domain/cart-access.js';
import { CartNotFound, VersionNotFound } from '../domain/cart.errors.js';
import { CartsProjection, type CartRows } from '../views/carts.projection.js';

/** Milliseconds that a reader waits for a cart that the view cannot show. */
const PATIENCE_MS = 2_000;

/**
 * Lets a query look at a cart that its key opens. The cart is never older than what any process had acknowledged when the query
 * came; so a claim shuts out the guest's token at every process.
 */
@Injectable()
export class CartReader {
  constructor(
    private readonly views: LiveViews,
    private readonly store: EventStore,
  ) {}

  /**
   * @param minVersion a version that the cart must have reached
   * @throws CartNotFound also for a cart that the key does not open: the two must look alike
   * @throws VersionNotFound when the cart has not reached `minVersion`
   * @throws DomainError `VIEW_BEHIND` when neither the view nor the log shows the cart in time
   * @throws LogUnavailableError when it cannot be known what was acknowledged
   */
  async read({ cartId, key }: CartEntry, minVersion = 1): Promise<CartContent> {
    const rows = await this.views.of(CartsProjection).read(cartId);
    const cart = rows === BEHIND ? await this.readStream(cartId) : contentOf(rows);
    if (cart === undefined || !opens(key, cart)) throw new CartNotFound();
    if (minVersion > cart.version) throw new VersionNotFound(cart.version);
    return cart;
  }

  /** For a while after a deployment that builds the view anew, for example. */
  private async readStream(cartId: string): Promise<CartContent | undefined> {
    const cart = await Promise.race([this.fold(cartId), after(PATIENCE_MS, BEHIND, { ref: false })]);
    if (cart === BEHIND) throw new DomainError('VIEW_BEHIND', 'This cart cannot be shown in time. Retry.');
    return cart;
  }

  private async fold(cartId: string): Promise<CartContent | undefined> {
    const present = await this.store.load(cartDecider, cartId);
    return present.state.status === 'none' ? undefined : cartContent(present);
  }
}

const contents = new WeakMap<CartRows, CartContent>();

/** The same object for the same rows, so that what is made of it need not be made again. */
function contentOf(rows: CartRows): CartContent | undefined {
  const { cart, items } = rows;
  if (cart === undefined) return undefined;
  const known = contents.get(rows);
  if (known !== undefined) return known;
  const content = { ...cart, id: cart.cartId, items };
  contents.set(rows, content);
  return content;
}
