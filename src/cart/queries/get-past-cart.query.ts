import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventStore } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from '../answers/cart-content.js';
import { cartDecider } from '../domain/cart.js';
import type { CartEntry } from '../domain/cart-access.js';
import { VersionNotFound } from '../domain/cart.errors.js';
import { CartReader } from './cart-reader.js';

/** A cart as it was at a version, or at a time (inclusive). Refused with `CART_NOT_FOUND`, `VERSION_NOT_FOUND`. */
export class GetPastCartQuery extends Query<CartContent> {
  constructor(
    readonly entry: CartEntry,
    readonly until: { readonly version: number } | { readonly time: Date },
    /** A version that the cart must have reached. */
    readonly minVersion?: number,
  ) {
    super();
  }
}

@QueryHandler(GetPastCartQuery)
export class GetPastCartHandler implements IQueryHandler<GetPastCartQuery> {
  constructor(
    private readonly store: EventStore,
    private readonly carts: CartReader,
  ) {}

  async execute({ entry, until, minVersion }: GetPastCartQuery): Promise<CartContent> {
    const { version: present } = await this.carts.read(entry, minVersion);
    if ('version' in until && (until.version < 1 || until.version > present)) {
      throw new VersionNotFound(present);
    }
    const past = await this.store.load(cartDecider, entry.cartId, until);
    if (past.version === 0) throw new VersionNotFound(present);
    return cartContent(past);
  }
}
