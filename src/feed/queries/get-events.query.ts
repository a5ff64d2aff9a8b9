import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { EventFeed, type FeedFilter, type FeedPage } from '../../event-sourcing/index.js';

/** Some events after a position (exclusive), and the position up to which the log was read. */
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
