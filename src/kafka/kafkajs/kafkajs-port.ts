import type { Admin, ITopicConfig, Kafka } from 'kafkajs';
import type { Consumption } from '../kafka-consumption.js';
import { MissingTopicError, type KafkaPort, type KafkaProducer, type KafkaTopic } from '../kafka-port.js';
import type { KafkaConnection } from '../kafka-settings.js';
import { consume } from './kafkajs-consumption.js';
import { lagsOf } from './kafkajs-lags.js';
import { KafkajsProducer } from './kafkajs-producer.js';
import { kafkaClient, loadKafkajs } from './load-kafkajs.js';

/** Kafka through kafkajs. Each producer has connections of its own. */
export class KafkajsPort implements KafkaPort {
  private constructor(private readonly kafka: Kafka) {}

  /**
   * Loads kafkajs. It connects to no broker yet.
   * @throws KafkajsMissingError when kafkajs is not installed
   */
  static async load(connection: KafkaConnection): Promise<KafkajsPort> {
    return new KafkajsPort(kafkaClient(await loadKafkajs(), connection));
  }

  async ensureTopics(topics: readonly KafkaTopic[], create: boolean): Promise<void> {
    await this.withAdmin(async (admin) => {
      const present = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !present.has(name));
      if (missing.length === 0) return;
      if (!create) throw new MissingTopicError(missing.map(({ name }) => name));
      await createTopics(admin, missing);
    });
  }

  producer(transactionalId: string): Promise<KafkaProducer> {
    return KafkajsProducer.open(this.kafka, transactionalId);
  }

  consume(consumption: Consumption, signal: AbortSignal): Promise<void> {
    return consume(this.kafka, consumption, signal);
  }

  lags(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return this.withAdmin((admin) => lagsOf(admin, group, topic));
  }

  private async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
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
