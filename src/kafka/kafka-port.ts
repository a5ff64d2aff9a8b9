import type { Consumption } from './kafka-consumption.js';

/** Injects the {@link KafkaPort}. */
export const KAFKA_PORT = Symbol('Kafka port');

/** A record to be stored in Kafka. Text is stored as UTF-8. */
export interface KafkaRecord {
  readonly topic: string;
  /** Records of one key are in one partition, in the order in which they were sent. */
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers: Readonly<Record<string, string | Buffer>>;
}

/** A topic that is created where it is missing. */
export interface KafkaTopic {
  readonly name: string;
  readonly partitions: number;
  /** Copies of each partition; undefined for the default of the brokers. */
  readonly replication: number | undefined;
}

/**
 * What the service asks of Kafka. A client library implements it, and passes the suite in
 * `test/kafka/kafka-port.contract.ts`.
 */
export interface KafkaPort {
  /**
   * Checks that topics exist.
   * @param create whether missing topics are created
   * @throws MissingTopicError for a topic that is missing and may not be created
   * @throws Error while no broker answers
   */
  ensureTopics(topics: readonly KafkaTopic[], create: boolean): Promise<void>;
  /**
   * Opens a producer. From then on, former producers of the same transactional id are refused (fenced), and what they
   * had not committed is undone.
   * @throws Error while no broker answers
   */
  producer(transactionalId: string): Promise<KafkaProducer>;
  /**
   * Consumes a topic until `signal` is aborted; then it finishes the batch in progress and leaves the group. Records of
   * transactions that were not committed are left out.
   * @throws Error when the consumption has failed, for example because no broker answers. Begin another one.
   */
  consume(consumption: Consumption, signal: AbortSignal): Promise<void>;
  /**
   * @returns by partition, how many records of a topic a group has not committed
   * @throws Error while no broker answers
   */
  lags(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
}

/** Sends records in transactions. After an error other than `RecordTooLargeError` it is broken: open another one. */
export interface KafkaProducer {
  /**
   * Stores records in one transaction, in order. Calls that overlap run one after the other. Partitions are chosen as
   * the Java client does. Resolves once all replicas in sync have stored everything and it is committed.
   * @throws RecordTooLargeError for a record that the broker would refuse each time; nothing was stored
   * @throws Error when nothing was stored, or when that is unknown because the answer was lost
   */
  send(records: readonly KafkaRecord[]): Promise<void>;
  /** Closes the connections. */
  close(): Promise<void>;
}

/** The broker refuses this record because of its size. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';

  constructor(readonly record: KafkaRecord) {
    super(
      `Kafka refused a record of ${Buffer.byteLength(record.value ?? '')} bytes for topic ${record.topic}, ` +
        `key ${String(record.key)}, ` +
        'as too large. Raise max.message.bytes of the topic, then retry the event.',
    );
  }
}

/** A topic is missing. */
export class MissingTopicError extends Error {
  override readonly name = 'MissingTopicError';

  constructor(topics: readonly string[]) {
    super(`Topics are missing in Kafka: ${topics.join(', ')}. Create them, or allow that they are created.`);
  }
}
