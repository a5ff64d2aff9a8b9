import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.js';

/** Nothing more comes after such a pause, in milliseconds. */
const QUIET_MS = 5_000;

/** A record as a consumer gets it, its bytes as text. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads topics from their beginning, as a consumer does that sees only committed transactions. */
export class KafkaReader {
  readonly records: ReadRecord[] = [];

  private constructor(private readonly consumer: Consumer) {}

  /** The topics have to be there. */
  static async start(address: string, topics: readonly string[]): Promise<KafkaReader> {
    const kafka = new Kafka({
      brokers: [address],
      clientId: 'reader',
      logLevel: logLevel.NOTHING,
      retry: { retries: 50 },
    });
    const consumer = kafka.consumer({
      groupId: `reader-${randomUUID()}`,
      sessionTimeout: 6_000,
      heartbeatInterval: 500,
    });
    const reader = new KafkaReader(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: ({ batch }) => {
        for (const { key, value, headers = {}, offset } of batch.messages) {
          reader.records.push({
            topic: batch.topic,
            partition: batch.partition,
            offset: Number(offset),
            key: String(key),
            value: String(value),
            headers: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, String(one)])),
          });
        }
        return Promise.resolve();
      },
    });
    return reader;
  }

  /** Resolves when so many records were read. */
  async reads(count: number): Promise<readonly ReadRecord[]> {
    return eventually(
      `${count} records to be read`,
      () => Promise.resolve(this.records),
      ({ length }) => length >= count,
    );
  }

  /** Resolves when so many different events were read, and no further record has come for a while. */
  async readsAll(count: number): Promise<readonly ReadRecord[]> {
    let length = -1;
    while (this.ids.size < count || length !== this.records.length) {
      length = this.records.length;
      await sleep(QUIET_MS);
      if (length === this.records.length && this.ids.size < count) return this.records;
    }
    return this.records;
  }

  private get ids(): ReadonlySet<string | undefined> {
    return new Set(this.records.map(({ headers }) => headers['ce_id']));
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }
}
