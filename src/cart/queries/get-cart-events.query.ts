import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventLog, streamName, type RecordedEvent } from '../../event-sourcing/index.js';
import { cartDecider } from '../domain/cart.js';
import { CartNotFound } from '../domain/cart.errors.js';

/** No stream grows longer: versions are 32-bit integers. */
const LAST_VERSION = 2 ** 31 - 1;

/** Some events of a cart, and the last version of them where more follow. */
export interface CartHistory {
  readonly events: readonly RecordedEvent[];
  readonly next: number | null;
}

/** What happened to a cart after a version (exclusive). Refused with `CART_NOT_FOUND`. */
export class GetCartEventsQuery extends Query<CartHistory> {
  constructor(
    readonly cartId: string,
    readonly after: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(GetCartEventsQuery)
export class GetCartEventsHandler implements IQueryHandler<GetCartEventsQuery> {
  constructor(private readonly log: EventLog) {}

  async execute({ cartId, after, limit }: GetCartEventsQuery): Promise<CartHistory> {
    const stream = streamName(cartDecider, cartId);
    // One more than asked for tells whether more follow.
    const found = await this.log.readStream(stream, {
      after: Math.min(after, LAST_VERSION),
      limit: limit + 1,
    });
    if (found.length === 0 && (await this.log.streamVersion(stream)) === 0) throw new CartNotFound();
    const events = found.slice(0, limit);
    return { events, next: found.length > limit ? (events.at(-1)?.version ?? null) : null };
  }
}
