import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventLog, EventStore, streamName } from '../../event-sourcing/index.js';
import { cartContent, type CartContent } from '../cart-content.js';
import { cartDecider } from '../domain/cart.js';
import { CartNotFound, VersionNotFound } from '../domain/cart.errors.js';

/** A cart as it was at a version, or at a time (inclusive). Refused with `CART_NOT_FOUND`, `VERSION_NOT_FOUND`. */
export class GetPastCartQuery extends Query<CartContent> {
  constructor(
    readonly cartId: string,
    readonly until: { readonly version: number } | { readonly time: Date },
  ) {
    super();
  }
}

@QueryHandler(GetPastCartQuery)
export class GetPastCartHandler implements IQueryHandler<GetPastCartQuery> {
  constructor(
    private readonly store: EventStore,
    private readonly log: EventLog,
  ) {}

  async execute({ cartId, until }: GetPastCartQuery): Promise<CartContent> {
    const present = await this.log.streamVersion(streamName(cartDecider, cartId));
    if (present === 0) throw new CartNotFound();
    if ('version' in until && (until.version < 1 || until.version > present)) {
      throw new VersionNotFound(present);
    }
    const past = await this.store.loadPast(cartDecider, cartId, until);
    if (past.version === 0) throw new VersionNotFound(present);
    return cartContent(past);
  }
}
