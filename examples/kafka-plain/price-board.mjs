/**
 * Keeps the price of every product, and how often it has changed, from the topic of product events. Everything is in one
 * file, which is replaced as a whole: the prices and the last sequences that they include are always from the same moment.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import kafkajs from 'kafkajs';

const {
  KAFKA_BROKERS = 'localhost:9092',
  TOPIC = 'cartwright.product',
  GROUP = 'price-board',
  BOARD = 'prices.json',
} = process.env;
const PRICED = ['product.registered', 'product.price-changed', 'product.price-reported'];

const kafka = new kafkajs.Kafka({
  clientId: GROUP,
  brokers: KAFKA_BROKERS.split(','),
  logLevel: kafkajs.logLevel.WARN,
});
const consumer = kafka.consumer({ groupId: GROUP, sessionTimeout: 10_000 });
const board = await load();

await consumer.connect();
await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
await consumer.run({
  // kafkajs commits the offsets after this function. After a crash in between, the records come again.
  eachBatch: async ({ batch }) => {
    for (const message of batch.messages) take(message);
    await save();
  },
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await consumer.disconnect();
    process.exit(0);
  });
}

/** Takes an event, unless it is included already. */
function take({ headers, value }) {
  const [source, stream, type] = ['ce_source', 'ce_subject', 'ce_type'].map((name) => String(headers[name]));
  const sequence = Number(headers.ce_sequence);
  const name = `${source} ${stream}`;
  const row = board[name] ?? { sequence: 0, price: null, changes: 0 };
  if (sequence <= row.sequence) return;
  const isPriced = PRICED.includes(type);
  const price = isPriced ? JSON.parse(value).price : row.price;
  board[name] = { sequence, price, changes: row.changes + (isPriced ? 1 : 0) };
}

async function load() {
  try {
    return JSON.parse(await readFile(BOARD, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

async function save() {
  await writeFile(`${BOARD}.new`, JSON.stringify(board));
  await rename(`${BOARD}.new`, BOARD);
}
