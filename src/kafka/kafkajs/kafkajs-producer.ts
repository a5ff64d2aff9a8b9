import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import { RecordTooLargeError, type KafkaProducer, type KafkaRecord } from '../kafka-port.js';
import { chunksOf } from './chunks.js';
import { javaPartitioner } from './java-partitioner.js';

/** The broker undoes a transaction that takes longer, in milliseconds. */
const TRANSACTION_MS = 60_000;
/**
 * After a commit the broker refuses the next transaction for a few milliseconds, so the first pause is short. In
 * milliseconds.
 */
const RETRY = { initialRetryTime: 5, retries: 10, maxRetryTime: 1_000 };
/** Brokers accept about 1 MiB of a partition in one request unless they are configured otherwise. */
const REQUEST_BYTES = 900_000;
/** Types of errors by which a broker refuses the size of a request. */
const TOO_LARGE: readonly unknown[] = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** A producer of kafkajs with a transactional id. */
export class KafkajsProducer implements KafkaProducer {
  private last: Promise<void> = Promise.resolve();
  private requestBytes = REQUEST_BYTES;
  private broken: unknown;

  private constructor(private readonly producer: Producer) {}

  static async open(kafka: Kafka, transactionalId: string): Promise<KafkajsProducer> {
    const producer = kafka.producer({
      transactionalId,
      maxInFlightRequests: 1,
      retry: RETRY,
      transactionTimeout: TRANSACTION_MS,
      allowAutoTopicCreation: false,
      createPartitioner: javaPartitioner,
    });
    try {
      await producer.connect();
      // The first transaction takes the producer's id and epoch, which fences former producers.
      await (await producer.transaction()).abort();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return new KafkajsProducer(producer);
  }

  async send(records: readonly KafkaRecord[]): Promise<void> {
    const sent = this.last.then(() => this.sendNext(records));
    // A failure is the caller's; those behind it find the producer broken.
    this.last = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    this.broken ??= new Error('The producer is closed.');
    await this.producer.disconnect();
  }

  private async sendNext(records: readonly KafkaRecord[]): Promise<void> {
    for (;;) {
      if (this.broken) throw new Error('The producer is broken. Open another one.', { cause: this.broken });
      try {
        await this.transact(records);
        return;
      } catch (error) {
        if (error !== SMALLER) {
          if (!(error instanceof RecordTooLargeError)) this.broken = error;
          throw error;
        }
        this.requestBytes /= 2;
      }
    }
  }

  private async transact(records: readonly KafkaRecord[]): Promise<void> {
    const transaction = await this.producer.transaction();
    for (const chunk of chunksOf(records, this.requestBytes)) {
      try {
        await transaction.sendBatch({ topicMessages: byTopic(chunk) });
      } catch (error) {
        // Otherwise the next producer undoes it.
        if (!isTooLarge(error)) throw error;
        await transaction.abort();
        const [only] = chunk;
        throw only && chunk.length === 1 ? new RecordTooLargeError(only) : SMALLER;
      }
    }
    await transaction.commit();
  }
}

/** Thrown to send the same records again in smaller requests. */
const SMALLER = new Error('The request was too large.');

function byTopic(records: readonly KafkaRecord[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, key, value, headers } of records) {
    const messages = topics.get(topic) ?? [];
    messages.push({ key, value, headers });
    topics.set(topic, messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

/** kafkajs wraps errors of the broker in its own. */
function isTooLarge(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (TOO_LARGE.includes((cause as { readonly type?: unknown }).type)) return true;
  }
  return false;
}
