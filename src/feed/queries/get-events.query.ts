import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventFeed, type FeedFilter, type FeedPage } from '../../event-sourcing/index.js';

/** Some of what happened after a position (exclusive), and the position up to which was looked. */
export class GetEventsQuery extends Query<FeedPage> {
  constructor(
    readonly after: number,
    readonly filter: FeedFilter,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(GetEventsQuery)
export class GetEventsHandler implements IQueryHandler<GetEventsQuery> {
  constructor(private readonly feed: EventFeed) {}

  async execute({ after, filter, limit }: GetEventsQuery): Promise<FeedPage> {
    return this.feed.page(after, filter, limit);
  }
}
