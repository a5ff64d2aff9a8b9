import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { KafkaBroker } from '../support/kafka-broker.js';
import { makeDatabases } from '../lifecycle/operator-databases.js';
import { ServiceProcess } from '../support/service-process.js';
import { Service } from '../support/service.js';
import { TcpForwarder } from '../support/tcp-forwarder.js';
import { newReport, recordOf, type PriceReport } from './reports.js';
import { TopicClient, type ReadRecord, type SentRecord } from './topic-client.js';

const TOPIC = 'erp.prices';
const PARTITIONS = 4;
const SKUS = 40;
const REPORTS = 1_500;
const KILLS = 3;
/** Every so many records one is a repeat of an earlier one, or poison. */
const EVERY = 10;

let broker: KafkaBroker;
let erp: TopicClient;
let service: Service;
let deadLetters: readonly ReadRecord[];

beforeAll(async () => {
  broker = await KafkaBroker.start();
  erp = await TopicClient.connect(broker.address);
  await erp.create(TOPIC, PARTITIONS);
  await erp.create(`${TOPIC}.dead-letters`, 1);
  deadLetters = await erp.collect(`${TOPIC}.dead-letters`);
  service = await Service.start('kafka_in_crashes', settings(TOPIC));
});

afterAll(async () => {
  expect(await service.leave()).toEqual([]);
  await erp.close();
  await broker.remove();
});

/** What an ERP sends on a bad day, and what should come of it. */
function badDay(): { records: SentRecord[]; reports: PriceReport[]; poison: string[] } {
  const [records, reports, poison]: [SentRecord[], PriceReport[], string[]] = [[], [], []];
  for (let index = 0; index < REPORTS; index += 1) {
    const report = newReport(`SKU-${index % SKUS}`, index);
    reports.push(report);
    records.push(recordOf(report));
    if (index % EVERY === 3) {
      const value = `{"poison": ${index}`;
      records.push(recordOf(newReport(report.sku), { value }));
      poison.push(value);
    }
    const earlier = reports[Math.floor(index / 2)];
    if (index % EVERY === 7 && earlier) records.push(recordOf(earlier));
  }
  return { records, reports, poison };
}

/** The reports in the log of a service, read behind its back. */
class StoredReports {
  private constructor(private readonly client: Client) {}

  static async in(url: string): Promise<StoredReports> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new StoredReports(client);
  }

  async count(): Promise<number> {
    const { rows } = await this.client.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM event_log WHERE type = 'product.price-reported'",
    );
    return rows[0]?.count ?? 0;
  }

  /** In the order of the log. */
  async all(): Promise<{ readonly stream: string; readonly id: string }[]> {
    const { rows } = await this.client.query<{ stream: string; id: string }>(
      "SELECT stream, id FROM event_log WHERE type = 'product.price-reported' ORDER BY position",
    );
    return rows;
  }

  /** Waits until so many are stored, as long as there is progress. */
  async reach(count: number): Promise<void> {
    for (let reached = await this.count(); reached < count;) {
      const before = reached;
      reached = await eventually(
        'progress',
        () => this.count(),
        (now) => now > before,
      );
    }
  }

  end(): Promise<void> {
    return this.client.end();
  }
}

it('stores each report once, in order, while services are killed, stopped and started', async () => {
  const log = await StoredReports.in(service.commandDatabaseUrl);
  const another = await service.startAnother();
  const { records, reports, poison } = badDay();
  const sending = sendSlowly(records);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await log.reach((await log.count()) + 100);
    const victim = kill % 2 === 0 ? service : another;
    await (kill === 1 ? victim.stop() : victim.kill());
    await victim.launch();
  }
  await sending;
  await log.reach(reports.length);
  await erp.untilDone(TOPIC, TOPIC);
  const stored = await log.all();
  await log.end();

  expect(stored).toHaveLength(reports.length);
  for (let sku = 0; sku < SKUS; sku += 1) {
    const stream = `product-SKU-${sku}`;
    expect(stored.filter((event) => event.stream === stream).map(({ id }) => id)).toEqual(
      reports.filter((report) => report.sku === `SKU-${sku}`).map(({ id }) => id),
    );
  }
  await eventually(
    `${poison.length} dead letters`,
    () => Promise.resolve(new Set(deadLetters.map(({ value }) => value)).size),
    (count) => count >= poison.length,
  );
  expect(new Set(deadLetters.map(({ value }) => value))).toEqual(new Set(poison));
  expect(new Set(deadLetters.map(({ headers }) => headers['dead-letter-code']))).toEqual(
    new Set(['MALFORMED_JSON']),
  );
});

it('ends the transaction of dead letters that a killed process has left open', async () => {
  const topic = 'erp.left-open';
  const dead = `${topic}.dead-letters`;
  await erp.create(topic, 2);
  await erp.create(dead, 1);
  await erp.leaveOpen(`${topic}-dead-letters-${topic}-1`, dead, recordOf(newReport('LEFT-1')));
  const refused = await erp.collect(dead);
  const databases = await makeDatabases('kafka_in_left_open');
  const process = await ServiceProcess.start({ ...settings(topic), ...databases.urls });
  await erp.send(topic, [recordOf(newReport('LEFT-1'), { value: '{', partition: 1 })]);
  await eventually(
    'the dead letter',
    () => Promise.resolve(refused.map(({ value }) => value)),
    ({ length }) => length === 1,
  );
  expect(refused).toMatchObject([{ value: '{' }]);
  await process.stop();
  await databases.drop();
});

it('waits while a database is away, and refuses nothing', async () => {
  const topic = 'erp.outage';
  await erp.create(topic, 2);
  await erp.create(`${topic}.dead-letters`, 1);
  const databases = await makeDatabases('kafka_in_outage');
  const { COMMAND_DATABASE_URL: command, QUERY_DATABASE_URL: query } = databases.urls;
  const way = await TcpForwarder.to(command);
  const urls = { COMMAND_DATABASE_URL: way.url(command), QUERY_DATABASE_URL: way.url(query) };
  const process = await ServiceProcess.start({ ...settings(topic), ...urls });
  const refused = await erp.collect(`${topic}.dead-letters`);
  const log = await StoredReports.in(command);
  const send = (count: number) => {
    const reports = Array.from({ length: count }, (_, index) => newReport(`OUT-${index % 7}`, index));
    return erp.send(topic, [
      ...reports.map((report) => recordOf(report)),
      recordOf(newReport('OUT-1'), { value: '{' }),
    ]);
  };
  await send(20);
  await log.reach(20);
  await eventually(
    'the dead letter',
    () => Promise.resolve(refused.length),
    (count) => count === 1,
  );

  way.cut();
  await send(30);
  await eventually('the service to wait', () => isWaiting(process.origin), Boolean);
  expect(refused).toHaveLength(1);
  way.mend();
  await log.reach(50);
  await eventually(
    'both dead letters',
    () => Promise.resolve(refused.length),
    (count) => count === 2,
  );
  await erp.untilDone(topic, topic);
  expect(await isWaiting(process.origin)).toBe(false);
  expect(refused.map(({ headers }) => headers['dead-letter-code'])).toEqual([
    'MALFORMED_JSON',
    'MALFORMED_JSON',
  ]);

  await log.end();
  await process.stop();
  await way.close();
  await databases.drop();
});

it('commits what it has stored before it stops, and goes on after a restart of the broker', async () => {
  const topic = 'erp.stops';
  await erp.create(topic, 2);
  await erp.create(`${topic}.dead-letters`, 1);
  const databases = await makeDatabases('kafka_in_stops');
  const log = await StoredReports.in(databases.urls.COMMAND_DATABASE_URL);
  const reports = Array.from({ length: 1_500 }, (_, index) => newReport(`STOP-${index % 30}`, index));
  await erp.send(
    topic,
    reports.map((report) => recordOf(report)),
  );
  const first = await ServiceProcess.start({ ...settings(topic), ...databases.urls });
  await log.reach(1);
  await first.stop();
  expect(await log.count()).toBeLessThan(reports.length);

  const second = await ServiceProcess.start({ ...settings(topic), ...databases.urls });
  await log.reach(reports.length);
  await erp.untilDone(topic, topic);
  expect(await metric(second.origin, 'records_total{outcome="repeated"}')).toBe(0);

  // The client of the test need not survive it.
  await erp.close();
  await broker.kill();
  await broker.restart();
  erp = await TopicClient.connect(broker.address);
  await erp.send(topic, [recordOf(newReport('STOP-1'))]);
  await log.reach(reports.length + 1);
  expect(second.complaints).toEqual([]);
  await log.end();
  await second.stop();
  await databases.drop();
});

const settings = (topic: string): NodeJS.ProcessEnv => ({
  KAFKA_BROKERS: broker.address,
  KAFKA_TOPICS: 'off',
  KAFKA_IN_TOPIC: topic,
  KAFKA_IN_ACTOR: 'erp',
  KAFKA_IN_GROUP: topic,
});

async function metric(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`cartwright_kafka_in_${name} `));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

const isWaiting = async (origin: string): Promise<boolean> => (await metric(origin, 'waiting')) === 1;

/** So that there is something to consume whenever a service is killed. */
async function sendSlowly(records: readonly SentRecord[]): Promise<void> {
  for (let start = 0; start < records.length; start += 50) {
    await erp.send(TOPIC, records.slice(start, start + 50));
    await pause(100);
  }
}
