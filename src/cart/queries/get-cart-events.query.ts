import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventLog, streamName, type RecordedEvent } from '../../event-sourcing/index.js';
import { cartDecider } from '../domain/cart.js';
import type { CartEntry } from '../domain/cart-access.js';
import { CartReader } from './cart-reader.js';

/** Versions are 32-bit integers, so no stream is longer. */
const LAST_VERSION = 2 ** 31 - 1;

/** Some events of a cart, and the version of the last one if more follow. */
export interface CartHistory {
  readonly events: readonly RecordedEvent[];
  readonly next: number | null;
}

/** The events of a cart after a version (exclusive). Refused with `CART_NOT_FOUND`. */
export class GetCartEventsQuery extends Query<CartHistory> {
  constructor(
    readonly entry: CartEntry,
    readonly after: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(GetCartEventsQuery)
export class GetCartEventsHandler implements IQueryHandler<GetCartEventsQuery> {
  constructor(
    private readonly log: EventLog,
    private readonly carts: CartReader,
  ) {}

  async execute({ entry, after, limit }: GetCartEventsQuery): Promise<CartHistory> {
    await this.carts.read(entry);
    const stream = streamName(cartDecider, entry.cartId);
    // One event more than requested shows whether more follow.
    const found = await this.log.readStream(stream, {
      after: Math.min(after, LAST_VERSION),
      limit: limit + 1,
    });
    const events = found.slice(0, limit);
    return { events, next: found.length > limit ? (events.at(-1)?.version ?? null) : null };
  }
}
