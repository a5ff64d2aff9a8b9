import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  EventRegistry,
  Relay,
  RelayRefusedError,
  SettledLog,
  type EventRelay,
  type RecordedEvent,
} from '../event-sourcing/index.js';
import { cloudEvent } from './cloud-event.js';
import { KAFKA_PORT, RecordTooLargeError, type KafkaPort, type KafkaProducer } from './kafka-port.js';
import { RELAY_SETTINGS, type RelaySettings } from './kafka-settings.js';
import { TopicMap } from './topic-map.js';

/** Sends events to Kafka, each batch in one transaction. */
@Injectable()
@Relay({ name: 'kafka' })
export class KafkaRelay implements EventRelay, OnModuleInit, OnApplicationShutdown {
  private topics: TopicMap | undefined;
  private producer: KafkaProducer | undefined;
  /** Whether the producer is the one of the present holder, and not broken. */
  private isFresh = false;

  constructor(
    @Inject(KAFKA_PORT) private readonly kafka: KafkaPort,
    @Inject(RELAY_SETTINGS) private readonly settings: RelaySettings,
    private readonly registry: EventRegistry,
    private readonly log: SettledLog,
  ) {}

  /** @throws KafkaSettingsError for a category or type that no event has */
  onModuleInit(): void {
    this.topics = new TopicMap(this.settings, this.registry.types);
  }

  async send(batch: readonly RecordedEvent[]): Promise<void> {
    const sent = batch.flatMap((recorded) => {
      const topic = this.topics?.topicOf(recorded);
      return topic === undefined
        ? []
        : [{ recorded, record: cloudEvent(recorded, topic, this.settings.source) }];
    });
    if (sent.length === 0) return;
    const producer = await this.freshProducer();
    try {
      await producer.send(sent.map(({ record }) => record));
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      const refused = sent.find(({ record }) => record === error.record);
      throw refused ? new RelayRefusedError(refused.recorded, error.message, { cause: error }) : error;
    }
  }

  restart(): void {
    this.isFresh = false;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.closeProducer();
  }

  private async freshProducer(): Promise<KafkaProducer> {
    if (this.producer && this.isFresh) return this.producer;
    await this.closeProducer();
    const { createsTopics, partitions, replication } = this.settings;
    const names = this.topics?.names ?? [];
    await this.kafka.ensureTopics(
      names.map((name) => ({ name, partitions, replication })),
      createsTopics,
    );
    // The id belongs to the log: two shops that share a cluster do not fence each other.
    this.producer = await this.kafka.producer(`cartwright-${this.log.identity}-0`);
    this.isFresh = true;
    return this.producer;
  }

  private async closeProducer(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    // What it has not committed is undone by the broker, whether or not it is closed.
    await producer?.close().catch(() => undefined);
  }
}
