import { v7 as uuidv7 } from 'uuid';
import { eventually } from '../support/eventually.js';
import { KafkaBroker } from '../support/kafka-broker.js';
import type { Problem } from '../support/problem.js';
import { Service } from '../support/service.js';
import { granted } from '../support/shop.js';
import { PRICE_REPORTED, newReport, recordOf } from './reports.js';
import { TopicClient, type ReadRecord, type SentRecord } from './topic-client.js';

const TOPIC = 'erp.prices';
const DEAD_LETTERS = 'erp.prices.dead-letters';
const GROUP = 'cartwright';

interface StoredEvent {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly actor: object;
  readonly correlationId: string;
  readonly data: unknown;
}

let broker: KafkaBroker;
let erp: TopicClient;
let service: Service;
let deadLetters: readonly ReadRecord[];

beforeAll(async () => {
  broker = await KafkaBroker.start();
  erp = await TopicClient.connect(broker.address);
  await erp.create(TOPIC, 3, { 'max.message.bytes': '3000000' });
  await erp.create(DEAD_LETTERS, 1, { 'max.message.bytes': '600000' });
  service = await Service.start('kafka_in', {
    KAFKA_BROKERS: broker.address,
    KAFKA_TOPICS: 'off',
    KAFKA_IN_TOPIC: TOPIC,
    KAFKA_IN_ACTOR: 'erp',
  });
  deadLetters = await erp.collect(DEAD_LETTERS);
});

afterAll(async () => {
  expect(await service.leave()).toEqual([]);
  await erp.close();
  await broker.remove();
});

const stored = async (sku: string): Promise<readonly StoredEvent[]> =>
  granted(
    await service.http.get<{ readonly events: readonly StoredEvent[] }>(`/v1/events?stream=product-${sku}`),
  ).events;

const untilStored = (sku: string, count: number): Promise<readonly StoredEvent[]> =>
  eventually(
    `${count} events of ${sku}`,
    () => stored(sku),
    ({ length }) => length >= count,
  );

const metric = async (name: string, label = ''): Promise<number> => {
  const { text } = await service.http.get('/metrics', { accept: 'text/plain' });
  const line = text.split('\n').find((one) => one.startsWith(`cartwright_kafka_in_${name}${label} `));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
};

const done = (outcome: string): Promise<number> => metric('records_total', `{outcome="${outcome}"}`);

/** Sends records and waits for as many dead letters, in the order of the records. */
async function refusedOf(records: readonly SentRecord[]): Promise<ReadRecord[]> {
  const before = deadLetters.length;
  await erp.send(
    TOPIC,
    records.map((record) => ({ ...record, partition: 0 })),
  );
  await eventually(
    'the dead letters',
    () => Promise.resolve(deadLetters.length),
    (length) => {
      return length >= before + records.length;
    },
  );
  await erp.untilDone(GROUP, TOPIC);
  const found = deadLetters.slice(before);
  expect(found).toHaveLength(records.length);
  return found.sort((one, other) => offsetOf(one) - offsetOf(other));
}

const offsetOf = ({ headers }: ReadRecord): number => Number(headers['dead-letter-offset']);
const problemOf = (letter: ReadRecord | undefined): Problem =>
  JSON.parse(letter?.headers['dead-letter-problem'] ?? '{}') as Problem;

describe('a report in Kafka', () => {
  it('is stored once with its origin, in the order of its key, and is the price from then on', async () => {
    await service.shop.stock('MUG-1', 1000);
    const reports = [1, 2, 3].map((amount) => newReport('MUG-1', amount));
    await erp.send(
      TOPIC,
      reports.map((report) => recordOf(report)),
    );
    const events = (await untilStored('MUG-1', 4)).slice(1);
    expect(events).toMatchObject(
      reports.map(({ id, amount }) => ({
        id,
        type: PRICE_REPORTED,
        actor: { type: 'service', id: 'erp' },
        correlationId: expect.stringMatching(/^kafka:erp\.prices\/\d\/\d+$/) as string,
        data: { sku: 'MUG-1', price: { amount, currency: 'EUR' } },
      })),
    );
    expect((await service.http.get('/v1/products/MUG-1')).body).toMatchObject({ price: { amount: 3 } });
  });

  it('is stored once if it comes again, also after a request to POST /v1/events', async () => {
    const [first, second] = [newReport('TEA-1', 1), newReport('TEA-1', 2)];
    const data = { sku: 'TEA-1', price: { amount: 1, currency: 'EUR' } };
    const body = { stream: 'product-TEA-1', events: [{ id: first.id, type: PRICE_REPORTED, data }] };
    expect((await service.http.send('POST', '/v1/events', { body })).status).toBe(201);
    const [storedBefore, repeatedBefore] = [await done('stored'), await done('repeated')];
    await erp.send(
      TOPIC,
      [first, first, second, first, second].map((report) => recordOf(report)),
    );
    await erp.untilDone(GROUP, TOPIC);
    expect((await stored('TEA-1')).map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(await done('stored')).toBe(storedBefore + 1);
    expect(await done('repeated')).toBe(repeatedBefore + 4);
  });

  it('shows in the metrics', async () => {
    await erp.untilDone(GROUP, TOPIC);
    expect(await metric('consumed_total')).toBeGreaterThanOrEqual(
      (await done('stored')) + (await done('repeated')),
    );
    for (const partition of [0, 1, 2]) {
      await eventually(
        'the lag to be known',
        () => metric('lag', `{partition="${partition}"}`),
        (lag) => lag === 0,
      );
    }
    expect(await metric('waiting')).toBe(0);
  });
});

const GOOD = newReport('BAD-1');
const data = (change: object) => ({ sku: 'BAD-1', price: { amount: 5, currency: 'EUR' }, ...change });
const value = (json: unknown) => ({ value: JSON.stringify(json) });
const headers = (change: object) => {
  const all = { ...recordOf(newReport('BAD-1')).headers, ...change };
  return { headers: JSON.parse(JSON.stringify(all)) as Record<string, string> };
};
const deep = JSON.parse('{"a":'.repeat(12) + '1' + '}'.repeat(12)) as object;

describe('a record that is no valid report', () => {
  it.each<[what: string, code: string, pointer: string, change: Partial<SentRecord>]>([
    ['a type of our own', 'EVENT_NOT_PUBLISHABLE', '/events/0/type', headers({ ce_type: 'product.renamed' })],
    ['an unknown type', 'EVENT_NOT_PUBLISHABLE', '/events/0/type', headers({ ce_type: 'product.burnt' })],
    ['no type', 'VALIDATION_FAILED', '/events/0/type', headers({ ce_type: undefined })],
    ['an id that is no UUID', 'VALIDATION_FAILED', '/events/0/id', headers({ ce_id: '17' })],
    ['no data', 'VALIDATION_FAILED', '/events/0/data', { value: null }],
    ['a list', 'VALIDATION_FAILED', '/events/0/data', value([])],
    ['a forbidden key', 'VALIDATION_FAILED', '/events/0/data/__proto__', { value: '{"__proto__":1}' }],
    ['data too deep', 'VALIDATION_FAILED', '/events/0/data/a/a/a/a/a/a/a', value(deep)],
    ['no stream', 'VALIDATION_FAILED', '/stream', { key: null }],
    ['a stream of another category', 'EVENT_INVALID', '/stream', { key: 'cart-BAD-1' }],
    ['the SKU of another stream', 'EVENT_INVALID', '/events/0/data/sku', { key: 'product-BAD-2' }],
    [
      'a negative price',
      'EVENT_INVALID',
      '/events/0/data/price/amount',
      value(data({ price: { amount: -1, currency: 'EUR' } })),
    ],
    ['an unknown field', 'EVENT_INVALID', '/events/0/data/name', value(data({ name: 'x' }))],
  ])(
    '%s: it is a dead letter with the code and errors of POST /v1/events',
    async (_what, code, pointer, change) => {
      const record = recordOf(newReport('BAD-1'), change);
      const [letter] = await refusedOf([record]);
      const problem = problemOf(letter);
      expect(letter).toMatchObject({
        key: record.key,
        value: record.value,
        headers: {
          ...record.headers,
          'dead-letter-code': code,
          'dead-letter-detail': expect.stringMatching(/\w/) as string,
          'dead-letter-topic': TOPIC,
          'dead-letter-partition': '0',
        },
      });
      const id = record.headers?.['ce_id'];
      const text = `{"stream":${JSON.stringify(record.key)},"events":[{"id":${JSON.stringify(id)},"type":${JSON.stringify(
        record.headers?.['ce_type'] ?? null,
      )},"data":${String(record.value)}}]}`;
      const answer = await service.http.send<Problem>('POST', '/v1/events', { raw: text });
      expect([problem.code, problem.errors]).toEqual([answer.body.code, answer.body.errors]);
      expect(problem.errors?.[0]?.pointer).toBe(pointer);
      expect(await stored('BAD-1')).toEqual([]);
    },
  );

  it('is a dead letter also if no request could be made of it', async () => {
    const codes = (
      await refusedOf([
        recordOf(newReport('BAD-1'), { value: '{"sku":' }),
        recordOf(newReport('BAD-1'), { value: Buffer.from([0x7b, 0xff, 0x7d]) }),
        recordOf(newReport('BAD-1'), { value: '{}},{"id":"","type":"","data":{}' }),
        recordOf(newReport('BAD-1'), headers({ ce_id: undefined })),
        recordOf(newReport('BAD-1'), { key: Buffer.from([0xff]) }),
        recordOf(newReport('BAD-1'), headers({ 'content-type': 'text/xml' })),
        recordOf(newReport('BAD-1'), value(data({ sku: 'x'.repeat(300_000) }))),
      ])
    ).map((letter) => [letter.headers['dead-letter-code'], problemOf(letter).errors?.[0]?.pointer]);
    expect(codes).toEqual([
      ['MALFORMED_JSON', undefined],
      ['MALFORMED_JSON', undefined],
      ['MALFORMED_JSON', undefined],
      ['VALIDATION_FAILED', '/events/0/id'],
      ['VALIDATION_FAILED', '/stream'],
      ['UNSUPPORTED_MEDIA_TYPE', undefined],
      ['PAYLOAD_TOO_LARGE', undefined],
    ]);
  });

  it('is a dead letter without its content if the topic takes no record of this size', async () => {
    const [letter] = await refusedOf([recordOf(newReport('BAD-1'), { value: 'x'.repeat(2_000_000) })]);
    expect(letter).toMatchObject({
      key: null,
      value: null,
      headers: { 'dead-letter-code': 'PAYLOAD_TOO_LARGE' },
    });
    expect(letter?.headers['ce_id']).toBeUndefined();
  });

  it('is a dead letter if another event has its id', async () => {
    const report = newReport('ID-1', 1);
    await erp.send(TOPIC, [recordOf(report)]);
    await untilStored('ID-1', 1);
    const [letter] = await refusedOf([recordOf({ ...report, amount: 2 })]);
    expect(problemOf(letter)).toMatchObject({
      code: 'EVENT_INVALID',
      errors: [{ pointer: '/events/0/id', code: 'EVENT_ID_REUSED' }],
    });
  });

  it('does not hold up the records around it', async () => {
    const reports = [1, 2, 3].map((amount) => newReport('NEXT-1', amount));
    const [one, two, three] = reports.map((report) => recordOf(report, { partition: 0 }));
    const poison = recordOf(GOOD, { value: '{', partition: 0 });
    await erp.send(TOPIC, [one, poison, two, poison, three] as SentRecord[]);
    const events = await untilStored('NEXT-1', 3);
    expect(events.map(({ id }) => id)).toEqual(reports.map(({ id }) => id));
  });
});

it('takes an id in any case for the same id', async () => {
  const id = uuidv7();
  await erp.send(TOPIC, [
    recordOf({ id, sku: 'CASE-1', amount: 1 }),
    recordOf({ id: id.toUpperCase(), sku: 'CASE-1', amount: 1 }),
  ]);
  await untilStored('CASE-1', 1);
  await erp.untilDone(GROUP, TOPIC);
  expect((await stored('CASE-1')).map((event) => event.id)).toEqual([id]);
});
