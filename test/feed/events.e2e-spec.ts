import { Client } from 'pg';
import { Random } from '../event-sourcing/support/random.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import { granted, type HistoryEvent } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { SseReader, type StreamedEvent } from './sse-reader.js';

const service = useService('events');

const WRITERS = 8;
const REQUESTS = 125;
const EVENTS_EACH = 5;

interface Page {
  readonly events: readonly (HistoryEvent & { readonly stream: string })[];
  readonly next: number;
}

const page = (query: string) => service().http.get<Page>(`/v1/events?${query}`);
const origin = (of = service()) => `http://127.0.0.1:${of.port}`;

/** The log as the database has it. */
async function theLog(): Promise<{ position: number; id: string; type: string; stream: string }[]> {
  const client = new Client({ connectionString: service().commandDatabaseUrl });
  await client.connect();
  try {
    const text = 'SELECT position::float8, id, type, stream FROM event_log ORDER BY position';
    return (await client.query<{ position: number; id: string; type: string; stream: string }>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Reads on, page by page, up to a position. */
async function readPages(query: string, upTo: number, from = 0): Promise<Page['events'][number][]> {
  const events: Page['events'][number][] = [];
  for (let after = from; after < upTo;) {
    const { events: some, next } = granted(await page(`${query}&after=${after}`));
    events.push(...some);
    after = next;
  }
  return events;
}

async function write(writer: number): Promise<void> {
  const { http } = service();
  for (let request = 0; request < REQUESTS; request += 1) {
    const sku = `SKU-${(writer + request) % 12}`;
    const price = { amount: request, currency: 'EUR' };
    const events = Array.from({ length: EVENTS_EACH }, () => {
      return { type: 'product.price-reported', data: { sku, price } };
    });
    granted(await http.send('POST', '/v1/events', { body: { stream: `product-${sku}`, events } }));
  }
}

/** Reads as many events, going away and coming back at random. */
async function roam(target: string, query: string, count: number, random: Random): Promise<StreamedEvent[]> {
  const events: StreamedEvent[] = [];
  while (events.length < count) {
    const last = events.at(-1)?.id;
    const headers = last === undefined ? {} : { 'last-event-id': String(last) };
    // What `after` says no longer counts then.
    const reader = await SseReader.open(target, `/v1/events/stream?${query}&after=0`, headers);
    const some = Math.min(1 + random.below(600), count - events.length);
    await reader.until('some events', () => reader.events.length >= some);
    reader.leave();
    await reader.ended();
    events.push(...reader.events);
  }
  return events;
}

describe('while eight writers append', () => {
  it('no reader misses an event or sees one twice, however often it reconnects', async () => {
    const random = Random.fromEnvironment();
    const { shop } = service();
    await shop.stock('SKU-3', 1);
    const another = await service().startAnother();
    const reported = WRITERS * REQUESTS * EVENTS_EACH;

    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const [all, ofOtherProcess, ofType] = await Promise.all([
      roam(origin(), '', reported + 1, random),
      roam(origin(another), '', reported + 1, random),
      roam(origin(), 'type=product.price-reported', reported, random),
      writing,
    ]);
    const log = await theLog();
    expect(log).toHaveLength(reported + 1);
    const idsOf = (events: readonly StreamedEvent[]) => events.map(({ data }) => data.id);
    const logIds = log.map(({ id }) => id);
    expect(idsOf(all)).toEqual(logIds);
    expect(idsOf(ofOtherProcess)).toEqual(logIds);
    expect(idsOf(ofType)).toEqual(
      log.filter(({ type }) => type === 'product.price-reported').map(({ id }) => id),
    );

    const stream = log.filter(({ stream }) => stream === 'product-SKU-3').map(({ id }) => id);
    expect(idsOf(await roam(origin(), 'stream=product-SKU-3', stream.length, random))).toEqual(stream);
    const top = log.at(-1)?.position ?? 0;
    expect((await readPages('limit=333', top)).map(({ id }) => id)).toEqual(logIds);
    const pages = await readPages('stream=product-SKU-3&limit=50', top);
    expect(pages.map(({ id }) => id)).toEqual(stream);
    for (const { id, event, data } of all) expect([data.position, data.type]).toEqual([id, event]);
  }, 120_000);
});

describe('the log in pages', () => {
  it('shows an event as the history of its cart does, with its stream', async () => {
    const { shop } = service();
    await shop.stock('MUG-1');
    const cart = await shop.open([{ sku: 'MUG-1', quantity: 2 }]);
    const history = await shop.history(cart.id);
    const top = history.at(-1)?.position ?? 0;
    const stream = `cart-${cart.id}`;
    const events = await readPages(`stream=${stream}&limit=1`, top);
    expect(events).toEqual(history.map((event) => ({ ...event, stream })));
    const live = await SseReader.open(origin(), `/v1/events/stream?stream=${stream}`);
    await live.until('both events', () => live.events.length === 2);
    live.leave();
    expect(live.events.map(({ data }) => data)).toEqual(events);
  });

  it('returns 100 events by default, and the position up to which it looked', async () => {
    const first = granted(await page(''));
    expect(first.events).toHaveLength(100);
    expect(first.next).toBe(first.events.at(-1)?.position);
    expect(granted(await page('limit=1000')).events).toHaveLength(1_000);
    const top = (await theLog()).at(-1)?.position ?? 0;
    await readPages('', top);
    expect(granted(await page(`after=${top}`))).toEqual({ events: [], next: top });
    expect(granted(await page(`after=${top + 5}`))).toEqual({ events: [], next: top + 5 });
    expect(granted(await page('type=product.burnt&limit=1'))).toEqual({
      events: [],
      next: expect.any(Number) as number,
    });
  });
});

it.each([
  ['/v1/events?limit=0', '/limit'],
  ['/v1/events?limit=1001', '/limit'],
  ['/v1/events?after=-1', '/after'],
  ['/v1/events?after=1.5', '/after'],
  ['/v1/events?after=9007199254740993', '/after'],
  ['/v1/events?type=', '/type'],
  ['/v1/events?type=a&type=b', '/type'],
  ['/v1/events?stream=', '/stream'],
  ['/v1/events?cursor=x', '/cursor'],
  ['/v1/events/stream?limit=1', '/limit'],
  ['/v1/events/stream?after=x', '/after'],
])('%s is refused at %s', async (target, pointer) => {
  const problem = expectProblem(await service().http.get(target), '400 VALIDATION_FAILED');
  expect(pointersOf(problem)).toEqual([pointer]);
});

it.each(['', 'x', '-1', '1.5', '9007199254740993', '1, 2'])(
  'Last-Event-ID: %s is refused',
  async (header) => {
    const answer = await service().http.get('/v1/events/stream', { 'last-event-id': header });
    expectProblem(answer, '400 INVALID_HEADER');
  },
);

it('has the id of its request, and needs a matching Accept header', async () => {
  const live = await SseReader.open(origin(), '/v1/events/stream', { 'x-request-id': 'reader-1' });
  live.leave();
  expect(live.response).toMatchObject({ statusCode: 200, headers: { 'x-request-id': 'reader-1' } });
  const refused = await service().http.get('/v1/events/stream', { accept: 'text/html' });
  expectProblem(refused, '406 NOT_ACCEPTABLE');
});

it('does not delay the stop of the service', async () => {
  const another = await service().startAnother();
  const live = await SseReader.open(origin(another), '/v1/events/stream');
  await live.until('an event', () => live.events.length > 0);
  await another.stop();
  await live.ended();
  expect(live.isComplete).toBe(true);
  expect(await another.leave()).toEqual([]);
});
