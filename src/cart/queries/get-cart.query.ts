import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { CartAnswers, type CartAnswer } from '../answers/cart-answers.js';
import type { CartEntry } from '../domain/cart-access.js';
import { CartReader } from './cart-reader.js';

/** The present cart, with notices. Refused with `CART_NOT_FOUND`, `VERSION_NOT_FOUND`, `VIEW_BEHIND`. */
export class GetCartQuery extends Query<CartAnswer> {
  constructor(
    readonly entry: CartEntry,
    /** A version that the cart must have reached. */
    readonly minVersion?: number,
  ) {
    super();
  }
}

@QueryHandler(GetCartQuery)
export class GetCartHandler implements IQueryHandler<GetCartQuery> {
  constructor(
    private readonly carts: CartReader,
    private readonly answers: CartAnswers,
  ) {}

  async execute({ entry, minVersion }: GetCartQuery): Promise<CartAnswer> {
    return this.answers.of(await this.carts.read(entry, minVersion));
  }
}
