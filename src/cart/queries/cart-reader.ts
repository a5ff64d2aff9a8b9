import { setTimeout as after } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { BEHIND, DomainError, EventStore, LiveViews } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from '../answers/cart-content.js';
import { cartDecider } from '../domain/cart.js';
import { opens, type CartEntry } from '../domain/cart-access.js';
import { CartNotFound, VersionNotFound } from '../domain/cart.errors.js';
import { CartsProjection, type CartRows } from '../views/carts.projection.js';

/** Milliseconds to wait for a cart that the view cannot show. */
const PATIENCE_MS = 2_000;

/**
 * Reads a cart for a query, if the key opens it. The cart includes every change that any process had acknowledged
 * before the query arrived. So a claim ends the access of the guest's token at every process.
 */
@Injectable()
export class CartReader {
  constructor(
    private readonly views: LiveViews,
    private readonly store: EventStore,
  ) {}

  /**
   * @param minVersion a version that the cart must have reached
   * @throws CartNotFound also for a cart that the key does not open: callers must not be able to tell the difference
   * @throws VersionNotFound if the cart has not reached `minVersion`
   * @throws DomainError `VIEW_BEHIND` if neither the view nor the log shows the cart in time
   * @throws LogUnavailableError if the head of the log cannot be read
   */
  async read({ cartId, key }: CartEntry, minVersion = 1): Promise<CartContent> {
    const rows = await this.views.of(CartsProjection).read(cartId);
    const cart = rows === BEHIND ? await this.readStream(cartId) : contentOf(rows);
    if (cart === undefined || !opens(key, cart)) throw new CartNotFound();
    if (minVersion > cart.version) throw new VersionNotFound(cart.version);
    return cart;
  }

  /** Used while the view is filled or rebuilt, for example after a deployment. */
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

/** Returns the same object for the same rows, so that answers made from it can be kept. */
function contentOf(rows: CartRows): CartContent | undefined {
  const { cart, items } = rows;
  if (cart === undefined) return undefined;
  const known = contents.get(rows);
  if (known !== undefined) return known;
  const content = { ...cart, id: cart.cartId, items };
  contents.set(rows, content);
  return content;
}
