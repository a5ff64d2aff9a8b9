import { Module, type DynamicModule } from '@nestjs/common';
import { EventFeed, EventLog, SettledLog } from '../event-sourcing/index.js';
import { ReportEventsHandler } from './commands/report-events.command.js';
import { EventIntake } from './event-intake.js';
import { DEFAULT_FEED_OPTIONS, FEED_OPTIONS, type FeedOptions } from './feed-options.js';
import { EventStreams } from './http/event-streams.js';
import { EventsController } from './http/events.controller.js';
import { GetEventsHandler } from './queries/get-events.query.js';
import './http/feed.problems.js';

/** Lets other systems read the log and report events. */
@Module({
  controllers: [EventsController],
  providers: [
    {
      provide: EventFeed,
      useFactory: (log: EventLog, settled: SettledLog) => new EventFeed(log, settled),
      inject: [EventLog, SettledLog],
    },
    EventIntake,
    EventStreams,
    GetEventsHandler,
    ReportEventsHandler,
  ],
})
export class FeedModule {
  /** @param options override {@link DEFAULT_FEED_OPTIONS} */
  static forRoot(options: Partial<FeedOptions> = {}): DynamicModule {
    const useValue: FeedOptions = { ...DEFAULT_FEED_OPTIONS, ...options };
    return { module: FeedModule, providers: [{ provide: FEED_OPTIONS, useValue }] };
  }
}
