import type { Admin, ITopicConfig, Kafka } from 'kafkajs';
import { MissingTopicError, type KafkaPort, type KafkaProducer, type KafkaTopic } from '../kafka-port.js';
import type { KafkaConnection } from '../kafka-settings.js';
import { KafkajsProducer } from './kafkajs-producer.js';
import { kafkaClient, loadKafkajs, type Kafkajs } from './load-kafkajs.js';

/** Kafka through kafkajs. Each producer has connections of its own. */
export class KafkajsPort implements KafkaPort {
  private constructor(
    private readonly kafkajs: Kafkajs,
    private readonly kafka: Kafka,
  ) {}

  /**
   * Loads kafkajs. It connects to no broker yet.
   * @throws KafkajsMissingError when kafkajs is not installed
   */
  static async load(connection: KafkaConnection): Promise<KafkajsPort> {
    const kafkajs = await loadKafkajs();
    return new KafkajsPort(kafkajs, kafkaClient(kafkajs, connection));
  }

  async ensureTopics(topics: readonly KafkaTopic[], create: boolean): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const present = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !present.has(name));
      if (missing.length === 0) return;
      if (!create) throw new MissingTopicError(missing.map(({ name }) => name));
      await createTopics(admin, missing);
    } finally {
      await admin.disconnect();
    }
  }

  producer(transactionalId: string): Promise<KafkaProducer> {
    return KafkajsProducer.open(this.kafkajs, this.kafka, transactionalId);
  }
}

async function createTopics(admin: Admin, topics: readonly KafkaTopic[]): Promise<void> {
  await admin.createTopics({
    topics: topics.map(({ name, partitions, replication }): ITopicConfig => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication ?? -1,
    })),
    waitForLeaders: true,
  });
}
