import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { inTime } from '../../lifecycle/conditions.js';
import { KafkaReader, type ReadRecord } from '../../support/kafka-topic.js';
import type { Stage } from './stage.js';

const BATCH = 1_000;
const LONG_MS = 300_000;
const TOPIC = 'speed.cart';
const PLAIN_TOPIC = 'speed.plain';

/**
 * Sends all carts' events once more by the relay, and the same records by kafkajs alone, both to topics with one
 * partition.
 * @returns a sentence with the rates
 */
export async function measure(stage: Stage): Promise<string> {
  await stage.kill();
  await stage.postgres.query(`DELETE FROM checkpoint WHERE name = 'kafka'`, [], 'command');
  const events = await stage.events();
  const count = events.filter(({ stream }) => stream.startsWith('cart-')).length;
  await stage.launch({ ROLES: 'handlers', KAFKA_TOPICS: `cart:${TOPIC}`, KAFKA_PARTITIONS: '1' });
  const relay = await relayRate(stage);
  await stage.kill();
  const reader = await KafkaReader.start(stage.broker.address, [TOPIC]);
  const records = await reader.readsAll(count);
  await reader.stop();
  const plain = await plainRate(stage, records);
  const share = (relay / plain).toFixed(2);
  const rates = `relay ${relay.toFixed(0)} events/s, kafkajs alone ${plain.toFixed(0)}/s`;
  return `throughput with one partition: ${rates}, ${share} of it`;
}

/** Carts' events a second, from the first move of the checkpoint to the last. */
async function relayRate(stage: Stage): Promise<number> {
  const head = await stage.number('SELECT max(position)::int AS number FROM event_log');
  let begun: { readonly at: number; readonly position: number } | undefined;
  await inTime(LONG_MS, 'the relay to send everything', async () => {
    const position = await stage.position();
    if (position > 0) begun ??= { at: performance.now(), position };
    return position >= head;
  });
  const { at = 0, position = 0 } = begun ?? {};
  const ms = performance.now() - at;
  const sent = `SELECT count(*)::int AS number FROM event_log WHERE stream LIKE 'cart-%' AND position > $1`;
  return ((await stage.number(sent, [position])) / ms) * 1_000;
}

/** Records a second by an idempotent producer of kafkajs, batch after batch. */
async function plainRate({ broker }: Stage, records: readonly ReadRecord[]): Promise<number> {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: PLAIN_TOPIC, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const begunAt = performance.now();
  for (let start = 0; start < records.length; start += BATCH) {
    const messages = records
      .slice(start, start + BATCH)
      .map(({ key, value, headers }) => ({ key, value, headers }));
    await producer.send({ topic: PLAIN_TOPIC, messages, acks: -1 });
  }
  const rate = (records.length / (performance.now() - begunAt)) * 1_000;
  await producer.disconnect();
  return rate;
}
