import type { ConsumedRecord } from '../../kafka/kafka-consumption.js';
import {
  RecordTooLargeError,
  type KafkaPort,
  type KafkaProducer,
  type KafkaRecord,
} from '../../kafka/kafka-port.js';
import { problemBody, type ProblemDescription } from '../../http/problems/problem.js';
import { placeOf, type ReportTopic } from './report-topic.js';

/** A record that was refused, and why. */
export interface DeadLetter {
  readonly record: ConsumedRecord;
  readonly problem: ProblemDescription;
}

/** Refused records cannot be stored in the topic for dead letters at the moment. */
export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError';

  constructor(topic: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Refused reports cannot be sent to topic ${topic}: ${reason}`, { cause });
  }
}

/**
 * Sends refused records to the topic for dead letters. Each partition of the reports has its own transactional id. The
 * process that takes over a partition reads the unfinished records again and refuses the same ones. This ends the
 * transaction that a killed process left open. Until then, `read_committed` readers see nothing that was stored later.
 */
export class DeadLetters {
  /** By partition of the reports. */
  private readonly producers = new Map<number, KafkaProducer>();

  constructor(
    private readonly port: KafkaPort,
    private readonly topic: ReportTopic,
  ) {}

  /**
   * Stores records of one partition with the reasons for their refusal. A record that is too large with them is sent
   * without its content.
   * @throws DeadLetterError while Kafka is out of reach; some may be stored then
   */
  async send(letters: readonly DeadLetter[]): Promise<void> {
    const [first] = letters;
    if (first === undefined) return;
    try {
      let records = letters.map((letter) => recordOf(letter, this.topic));
      while (records.length > 0) records = await this.trySend(records, first.record.partition);
    } catch (cause) {
      await this.close().catch(() => undefined);
      throw new DeadLetterError(this.topic.deadLetterTopic, cause);
    }
  }

  /** Closes the connections. The next `send` opens new ones. */
  async close(): Promise<void> {
    const producers = [...this.producers.values()];
    this.producers.clear();
    await Promise.all(producers.map((producer) => producer.close()));
  }

  private async producerOf(partition: number): Promise<KafkaProducer> {
    const present = this.producers.get(partition);
    if (present) return present;
    const { group, topic } = this.topic;
    const opened = await this.port.producer(`${group}-dead-letters-${topic}-${partition}`);
    this.producers.set(partition, opened);
    return opened;
  }

  /** @returns what is left to be sent, after a record was refused as too large */
  private async trySend(records: readonly KafkaRecord[], partition: number): Promise<KafkaRecord[]> {
    const producer = await this.producerOf(partition);
    try {
      await producer.send(records);
      return [];
    } catch (error) {
      if (!(error instanceof RecordTooLargeError) || isBare(error.record)) throw error;
      return records.map((record) => (record === error.record ? withoutContent(record) : record));
    }
  }
}

const PREFIX = 'dead-letter-';

function recordOf({ record, problem }: DeadLetter, { topic, deadLetterTopic }: ReportTopic): KafkaRecord {
  const place = placeOf(topic, record);
  const reasons = {
    [`${PREFIX}code`]: problem.code,
    [`${PREFIX}detail`]: problem.detail,
    [`${PREFIX}problem`]: problemBody(problem, place, place),
    [`${PREFIX}topic`]: topic,
    [`${PREFIX}partition`]: String(record.partition),
    [`${PREFIX}offset`]: record.offset,
    [`${PREFIX}timestamp`]: new Date(record.timestamp).toISOString(),
  };
  return {
    topic: deadLetterTopic,
    key: record.key,
    value: record.value,
    headers: { ...record.headers, ...reasons },
  };
}

/** The place of the record in its topic is enough to find it. */
function withoutContent(record: KafkaRecord): KafkaRecord {
  const reasons = Object.entries(record.headers).filter(([name]) => name.startsWith(PREFIX));
  return { ...record, key: null, value: null, headers: Object.fromEntries(reasons) };
}

function isBare({ key, value, headers }: KafkaRecord): boolean {
  return key === null && value === null && Object.keys(headers).every((name) => name.startsWith(PREFIX));
}
