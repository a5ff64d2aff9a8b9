import { setTimeout as pause } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyInstance } from 'fastify';
import { KAFKA_PORT, type KafkaPort, type KafkaTopic } from '../../kafka/kafka-port.js';
import { DeadLetters } from './dead-letters.js';
import { ReportBatches } from './report-batches.js';
import type { ReportMetrics } from './report-metrics.js';
import type { ReportTopic } from './report-topic.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const LAG_MS = 5_000;
/** A stop waits for the records in progress for at most this time. They come again if they are not done. */
const STOP_MS = 5_000;

/** Injects the {@link ReportConsumerOptions}. */
export const CONSUMER_OPTIONS = Symbol('report consumer options');

/** Whether and how missing topics are created. */
export interface NewTopics extends Omit<KafkaTopic, 'name'> {
  readonly createsTopics: boolean;
}

/** What a consumer of reports needs. */
export interface ReportConsumerOptions {
  readonly topic: ReportTopic;
  readonly topics: NewTopics;
  readonly metrics: ReportMetrics;
}

/** Consumes the topic with reports of other systems, from the start of the application until it stops. */
@Injectable()
export class ReportConsumer implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('KafkaIn');
  private readonly stopping = new AbortController();
  private readonly deadLetters: DeadLetters;
  private readonly batches: ReportBatches;
  private assigned: ReadonlySet<number> = new Set();
  private running: Promise<unknown> = Promise.resolve();
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    commands: CommandBus,
    @Inject(KAFKA_PORT) private readonly port: KafkaPort,
    @Inject(CONSUMER_OPTIONS) private readonly options: ReportConsumerOptions,
  ) {
    const { topic, metrics } = options;
    this.deadLetters = new DeadLetters(port, topic);
    this.batches = new ReportBatches(topic, commands, this.deadLetters, metrics);
  }

  onModuleInit(): void {
    // The service drains: it takes no more work, and there is more time than when its modules are destroyed.
    this.host.httpAdapter.getInstance<FastifyInstance>().addHook('preClose', () => this.stop());
  }

  onApplicationBootstrap(): void {
    this.running = Promise.all([this.consumeUntilStopped(), this.watchLag()]);
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private stop(): Promise<void> {
    this.stopping.abort();
    // Without a partition, nothing is in progress. A connection that is being made may take long.
    this.stopped ??= this.assigned.size === 0 ? Promise.resolve() : this.untilStopped();
    return this.stopped;
  }

  private async untilStopped(): Promise<void> {
    await Promise.race([this.running, pause(STOP_MS, undefined, { ref: false })]);
  }

  private async consumeUntilStopped(): Promise<void> {
    for (let failures = 0; !this.isStopping();) {
      let joinedAt = Infinity;
      try {
        await this.consume(() => {
          joinedAt = Math.min(joinedAt, performance.now());
        });
      } catch (error) {
        if (this.isStopping()) break;
        failures = performance.now() - joinedAt > LONGEST_PAUSE_MS ? 1 : failures + 1;
        // Kafka is tried again in any case, so one line about a series of failures is enough.
        if (failures === 1) this.logger.warn(`Reports from Kafka are not consumed: ${messageOf(error)}`);
        await this.rest(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS));
      }
    }
  }

  private async consume(onJoined: () => void): Promise<void> {
    const { topic, topics } = this.options;
    const { partitions, replication, createsTopics } = topics;
    await this.port.ensureTopics(
      [topic.topic, topic.deadLetterTopic].map((name) => ({ name, partitions, replication })),
      createsTopics,
    );
    const consumption = {
      topic: topic.topic,
      group: topic.group,
      handle: this.batches.handle.bind(this.batches),
      onAssigned: (partitions: readonly number[]) => {
        this.assigned = new Set(partitions);
        // Another process may have had a partition meanwhile, and fenced our producer.
        this.deadLetters.close().catch(() => undefined);
        if (partitions.length > 0) onJoined();
      },
    };
    await this.port.consume(consumption, this.stopping.signal);
  }

  /** Measures the lag also while nothing is consumed: it matters most then. */
  private async watchLag(): Promise<void> {
    const { topic, metrics } = this.options;
    while (await this.rest(LAG_MS)) {
      try {
        const lags = await this.port.lags(topic.group, topic.topic);
        metrics.setLags(new Map([...lags].filter(([partition]) => this.assigned.has(partition))));
      } catch {
        // Kafka is out of reach, which `consumeUntilStopped` reports. The last figures stay.
      }
    }
  }

  /** @returns false if the application stops */
  private async rest(ms: number): Promise<boolean> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    return !this.isStopping();
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
