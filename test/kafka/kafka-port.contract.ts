import { randomUUID } from 'node:crypto';
import {
  RecordTooLargeError,
  MissingTopicError,
  type KafkaPort,
  type KafkaProducer,
  type KafkaRecord,
} from '../../src/kafka/kafka-port.js';
import { KafkaBroker } from '../support/kafka-broker.js';
import { KafkaReader, type ReadRecord } from '../support/kafka-topic.js';
import { eventually } from '../support/eventually.js';
import { inTime } from '../lifecycle/conditions.js';

const TOO_LARGE = 2_000_000;
const KEYS = 20;
const RESTART_MS = 120_000;
/** By org.apache.kafka.common.utils.Utils: toPositive(murmur2(key)) % 3. */
const JAVA_PARTITIONS: Readonly<Record<string, number>> = {
  'cart-0197a2c4-6a5e-7b3c-9d1e-2f3a4b5c6d7e': 0,
  'cart-0197a2c4-6a5e-7b3c-9d1e-2f3a4b5c6d7f': 1,
  'product-MUG-1': 1,
  'product-TEA': 1,
  'product-Kännchen': 0,
  a: 1,
  ab: 2,
  abc: 0,
  abcd: 2,
  abcde: 1,
};

/** What every implementation of the port has to do. @param open a port to the broker at an address */
export function kafkaPortContract(open: (address: string) => Promise<KafkaPort>): void {
  let broker: KafkaBroker;
  let port: KafkaPort;
  let topic: string;
  beforeAll(async () => {
    broker = await KafkaBroker.start();
    port = await open(broker.address);
  });
  beforeEach(async () => {
    topic = `topic-${randomUUID()}`;
    await port.ensureTopics([{ name: topic, partitions: 3, replication: undefined }], true);
  });
  afterAll(() => broker.remove());

  const record = (number: number, value = String(number)): KafkaRecord => ({
    topic,
    key: `key-${number % KEYS}`,
    value,
    headers: { ce_id: String(number), ce_type: 'ünïcode' },
  });
  const records = (from: number, count: number): KafkaRecord[] =>
    Array.from({ length: count }, (_, index) => record(from + index));

  async function read(count: number): Promise<readonly ReadRecord[]> {
    const reader = await KafkaReader.start(broker.address, [topic]);
    await reader.reads(count);
    const all = await reader.readsAll(count);
    await reader.stop();
    return all;
  }

  /** A broker that was killed may take a while on a busy machine. */
  async function openAgain(transactionalId: string): Promise<KafkaProducer> {
    let opened: KafkaProducer | undefined;
    await inTime(RESTART_MS, 'a producer to open', async () => {
      opened = await port.producer(transactionalId).catch(() => undefined);
      return opened !== undefined;
    });
    if (!opened) throw new Error('No producer was opened.');
    return opened;
  }

  it('creates topics that are missing, and leaves the others as they are', async () => {
    const name = `topic-${randomUUID()}`;
    const wanted = [{ name, partitions: 5, replication: 1 }];
    await expect(port.ensureTopics(wanted, false)).rejects.toThrow(MissingTopicError);
    await port.ensureTopics(wanted, true);
    await port.ensureTopics([{ name, partitions: 9, replication: 1 }], false);
  });

  it('stores all of 200 concurrent sends, with key, value and headers', async () => {
    const producer = await port.producer(`many ${topic}`);
    await Promise.all(records(0, 200).map((one) => producer.send([one])));
    await producer.close();
    const stored = await read(200);
    expect(stored.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, number) => number),
    );
    expect(stored.find(({ value }) => value === '7')).toMatchObject({
      key: 'key-7',
      headers: { ce_id: '7', ce_type: 'ünïcode' },
    });
  });

  it('chooses partitions as the Java client does', async () => {
    const producer = await port.producer(`partitions ${topic}`);
    const keys = Object.keys(JAVA_PARTITIONS);
    await producer.send(keys.map((key, index) => ({ ...record(index), key })));
    await producer.close();
    const stored = await read(keys.length);
    expect(Object.fromEntries(stored.map(({ key, partition }) => [key, partition]))).toEqual(JAVA_PARTITIONS);
  });

  it('keeps the order of each key while the broker is killed, and loses nothing', async () => {
    const count = 3_000;
    let sent = 0;
    const killing = (async () => {
      for (const at of [500, 1_500]) {
        await eventually(
          'records to be sent',
          () => Promise.resolve(sent),
          (number) => number >= at,
        );
        await broker.kill();
        await broker.restart();
      }
    })();
    let producer = await port.producer(`killed ${topic}`);
    while (sent < count) {
      try {
        await producer.send(records(sent, 100));
        sent += 100;
      } catch {
        await producer.close().catch(() => undefined);
        producer = await openAgain(`killed ${topic}`);
      }
    }
    await killing;
    await producer.close();
    const stored = await read(count);
    expect(new Set(stored.map(({ value }) => value)).size).toBe(count);
    const last = new Map<string, number>();
    for (const { key, value } of stored) {
      const before = last.get(key) ?? -KEYS + Number(key.slice('key-'.length));
      // A repeat may come, if the answer to a commit was lost. A jump over the next record of the key may not.
      expect(Number(value)).toBeLessThanOrEqual(before + KEYS);
      last.set(key, Math.max(before, Number(value)));
    }
  }, 300_000);

  it('fences the first of two producers with one transactional id, and undoes what it has not committed', async () => {
    const first = await port.producer(`twice ${topic}`);
    await first.send([record(1)]);
    const second = await port.producer(`twice ${topic}`);
    await expect(first.send([record(2)])).rejects.toThrow();
    await second.send([record(3)]);
    await expect(first.send([record(4)])).rejects.toThrow();
    await second.send([record(5)]);
    await Promise.all([first.close(), second.close()]);
    expect((await read(3)).map(({ value }) => value).sort()).toEqual(['1', '3', '5']);
  });

  it('names a record that is too large, stores nothing of its batch, and goes on', async () => {
    const producer = await port.producer(`large ${topic}`);
    const large = record(2, 'x'.repeat(TOO_LARGE));
    const refusal = producer.send([record(1), large, record(3)]);
    await expect(refusal).rejects.toThrow(RecordTooLargeError);
    await expect(refusal).rejects.toMatchObject({ record: large });
    await producer.send([record(4)]);
    await producer.close();
    expect((await read(1)).map(({ value }) => value)).toEqual(['4']);
  });

  it('sends a batch that is larger than a request', async () => {
    const producer = await port.producer(`long ${topic}`);
    const value = 'x'.repeat(10_000);
    await producer.send(Array.from({ length: 400 }, (_, number) => record(number, value)));
    await producer.close();
    expect(await read(400)).toHaveLength(400);
  });

  it('fails while no broker answers', async () => {
    const away = await open('127.0.0.1:1');
    await expect(away.producer('nobody')).rejects.toThrow();
    await expect(away.ensureTopics([], true)).rejects.toThrow();
  });
}
