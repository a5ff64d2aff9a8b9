import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  EventRegistry,
  Relay,
  RelayRefusedError,
  SettledLog,
  type EventRelay,
  type Partition,
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
  /** The producers of the partitions of this relay, by their indexes. */
  private readonly producers = new Map<number, KafkaProducer>();
  /** Partitions whose producer is the one of the present holder, and not broken. */
  private readonly fresh = new Set<number>();

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

  async send(batch: readonly RecordedEvent[], { index }: Partition): Promise<void> {
    const sent = batch.flatMap((recorded) => {
      const topic = this.topics?.topicOf(recorded);
      return topic === undefined
        ? []
        : [{ recorded, record: cloudEvent(recorded, topic, this.settings.source) }];
    });
    if (sent.length === 0) return;
    const producer = await this.freshProducer(index);
    try {
      await producer.send(sent.map(({ record }) => record));
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      const refused = sent.find(({ record }) => record === error.record);
      throw refused ? new RelayRefusedError(refused.recorded, error.message, { cause: error }) : error;
    }
  }

  restart({ index }: Partition): void {
    this.fresh.delete(index);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.producers.keys()].map((index) => this.closeProducer(index)));
  }

  private async freshProducer(index: number): Promise<KafkaProducer> {
    const present = this.producers.get(index);
    if (present && this.fresh.has(index)) return present;
    await this.closeProducer(index);
    const { createsTopics, partitions, replication } = this.settings;
    const names = this.topics?.names ?? [];
    await this.kafka.ensureTopics(
      names.map((name) => ({ name, partitions, replication })),
      createsTopics,
    );
    // The id belongs to the log: two shops that share a cluster do not fence each other.
    const producer = await this.kafka.producer(`cartwright-${this.log.identity}-${index}`);
    this.producers.set(index, producer);
    this.fresh.add(index);
    return producer;
  }

  private async closeProducer(index: number): Promise<void> {
    const producer = this.producers.get(index);
    this.producers.delete(index);
    // What it has not committed is undone by the broker, whether or not it is closed.
    await producer?.close().catch(() => undefined);
  }
}
