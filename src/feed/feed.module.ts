import { Module, type DynamicModule } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { EventFeed, EventLog, SettledLog } from '../event-sourcing/index.js';
import { ReportEventsHandler } from './commands/report-events.command.js';
import { EventIntake } from './event-intake.js';
import { DEFAULT_FEED_OPTIONS, FEED_OPTIONS, type FeedOptions } from './feed-options.js';
import { EventStreams } from './http/event-streams.js';
import { EventsController } from './http/events.controller.js';
import { GetEventsHandler } from './queries/get-events.query.js';
import {
  CONSUMER_OPTIONS,
  ReportConsumer,
  type NewTopics,
  type ReportConsumerOptions,
} from './kafka/report-consumer.js';
import { ReportMetrics } from './kafka/report-metrics.js';
import type { ReportTopic } from './kafka/report-topic.js';
import './http/feed.problems.js';

/** How reports come through Kafka. */
export interface KafkaReports {
  /** The module that exports the port of Kafka. */
  readonly kafka: DynamicModule;
  readonly topic: ReportTopic;
  /** How missing topics are created. */
  readonly topics: NewTopics;
  readonly registry: Registry;
}

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
  /**
   * @param options override {@link DEFAULT_FEED_OPTIONS}
   * @param reports if given, other systems may also report through Kafka
   */
  static forRoot(options: Partial<FeedOptions> = {}, reports?: KafkaReports): DynamicModule {
    const useValue: FeedOptions = { ...DEFAULT_FEED_OPTIONS, ...options };
    const consumer = reports && {
      imports: [reports.kafka],
      providers: [{ provide: CONSUMER_OPTIONS, useValue: consumerOptions(reports) }, ReportConsumer],
    };
    return {
      module: FeedModule,
      imports: consumer?.imports ?? [],
      providers: [{ provide: FEED_OPTIONS, useValue }, ...(consumer?.providers ?? [])],
    };
  }
}

function consumerOptions({ topic, topics, registry }: KafkaReports): ReportConsumerOptions {
  return { topic, topics, metrics: new ReportMetrics(registry) };
}
