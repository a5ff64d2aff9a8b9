import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { CartContent } from '../answers/cart-content.js';
import type { CartEntry } from '../domain/cart-access.js';
import { CartReader } from './cart-reader.js';

/** A cart without notices. Refused with `CART_NOT_FOUND`, `VERSION_NOT_FOUND`, `VIEW_BEHIND`. */
export class GetCartItemsQuery extends Query<CartContent> {
  constructor(
    readonly entry: CartEntry,
    /** A version that the cart must have reached. */
    readonly minVersion?: number,
  ) {
    super();
  }
}

@QueryHandler(GetCartItemsQuery)
export class GetCartItemsHandler implements IQueryHandler<GetCartItemsQuery> {
  constructor(private readonly carts: CartReader) {}

  async execute({ entry, minVersion }: GetCartItemsQuery): Promise<CartContent> {
    return this.carts.read(entry, minVersion);
  }
}
