import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { CatalogPort } from '../../catalog/catalog.port.js';
import { withNotices, type CartAnswer } from '../cart-answer.js';
import type { CartEntry } from '../domain/cart-access.js';
import { CartReader } from './cart-reader.js';

/** A cart as it is, with notices. Refused with `CART_NOT_FOUND`, `VERSION_NOT_FOUND`, `VIEW_BEHIND`. */
export class GetCartQuery extends Query<CartAnswer> {
  constructor(
    readonly entry: CartEntry,
    /** The version that it must have reached. */
    readonly minVersion?: number,
  ) {
    super();
  }
}

@QueryHandler(GetCartQuery)
export class GetCartHandler implements IQueryHandler<GetCartQuery> {
  constructor(
    private readonly carts: CartReader,
    private readonly catalog: CatalogPort,
  ) {}

  async execute({ entry, minVersion }: GetCartQuery): Promise<CartAnswer> {
    return withNotices(this.catalog, await this.carts.read(entry, minVersion));
  }
}
