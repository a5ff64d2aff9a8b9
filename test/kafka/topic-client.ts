import kafkajs, { type Consumer, type Kafka, type Producer } from 'kafkajs';
import { eventually } from '../support/eventually.js';

/** Longer than any test, so that the broker does not end a transaction itself. */
const LEFT_OPEN_MS = 600_000;

/** A record as a test sends it. */
export interface SentRecord {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly partition?: number;
}

/** A record as a test reads it. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads and writes topics as other systems do. */
export class TopicClient {
  private readonly kafka: Kafka;
  private readonly producer: Producer;
  private readonly consumers: Consumer[] = [];

  private constructor(address: string) {
    this.kafka = new kafkajs.Kafka({
      clientId: 'test',
      brokers: [address],
      logLevel: kafkajs.logLevel.NOTHING,
    });
    this.producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
  }

  static async connect(address: string): Promise<TopicClient> {
    const client = new TopicClient(address);
    await client.producer.connect();
    return client;
  }

  async create(
    topic: string,
    partitions: number,
    config: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.withAdmin((admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        waitForLeaders: true,
      }),
    );
  }

  async send(topic: string, records: readonly SentRecord[]): Promise<void> {
    const messages = records.map(({ key = null, value, headers, partition }) => ({
      key,
      value,
      ...(headers && { headers }),
      ...(partition !== undefined && { partition }),
    }));
    await this.producer.send({ topic, acks: -1, messages });
  }

  /** Leaves a transaction open with one record in it, like a process that is killed before it commits. */
  async leaveOpen(transactionalId: string, topic: string, { key = null, value }: SentRecord): Promise<void> {
    const options = { transactionalId, maxInFlightRequests: 1, transactionTimeout: LEFT_OPEN_MS };
    const producer = this.kafka.producer(options);
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, acks: -1, messages: [{ key, value }] });
    await producer.disconnect();
  }

  /** Collects all records of a topic, from the first on. The list grows until `close`. */
  async collect(topic: string): Promise<readonly ReadRecord[]> {
    const records: ReadRecord[] = [];
    const consumer = this.kafka.consumer({ groupId: `reader-${topic}-${Date.now()}`, maxWaitTimeInMs: 100 });
    this.consumers.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message: { key, value, offset, headers = {} } }) => {
        records.push({
          partition,
          offset: Number(offset),
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
        });
        return Promise.resolve();
      },
    });
    return records;
  }

  /** Waits until a consumer group has committed all that is in a topic. */
  async untilDone(group: string, topic: string): Promise<void> {
    await this.withAdmin((admin) =>
      eventually(
        `group ${group} to commit all of ${topic}`,
        async () => {
          const [ends, [committed]] = await Promise.all([
            admin.fetchTopicOffsets(topic),
            admin.fetchOffsets({ groupId: group, topics: [topic] }),
          ]);
          const reached = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]));
          return ends.map(
            ({ partition, high }) => Number(high) - Math.max(0, Number(reached.get(partition))),
          );
        },
        (lags) => lags.every((lag) => lag === 0),
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.disconnect()));
    await this.producer.disconnect();
  }

  private async withAdmin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
