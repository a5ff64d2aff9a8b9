import { eventually } from '../support/eventually.js';
import { FeedApp } from './feed-app.js';
import { SseReader } from './sse-reader.js';

let app: FeedApp;
const readers: SseReader[] = [];

async function start(options: Parameters<typeof FeedApp.start>[0] = {}): Promise<void> {
  app = await FeedApp.start(options);
}

async function read(target = '/v1/events/stream', headers: Record<string, string> = {}): Promise<SseReader> {
  const reader = await SseReader.open(app.origin, target, headers);
  readers.push(reader);
  return reader;
}

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.leave();
  await app.leave();
});

const put = (sku: string) =>
  app.http.send('PUT', `/v1/products/${sku}`, {
    body: { name: 'Mug', price: { amount: 1, currency: 'EUR' } },
  });

const readersGone = () =>
  eventually(
    'the service to let go of its readers',
    () => Promise.resolve(app.streams.size),
    (size) => size === 0,
  );

describe('a live stream', () => {
  it('shows that it is alive while nothing happens', async () => {
    await start({ heartbeatMs: 20 });
    const reader = await read();
    await reader.until('three heartbeats', () => reader.comments >= 3);
    expect(reader.events).toEqual([]);
    expect(reader.response).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    });
  });

  it('is let go when its reader goes away', async () => {
    await start({ heartbeatMs: 20 });
    const some = await Promise.all(Array.from({ length: 10 }, () => read()));
    expect(app.streams.size).toBe(10);
    for (const reader of some) reader.leave();
    await readersGone();
    expect(app.streams.buffered).toBe(0);
    expect(await put('MUG-1')).toMatchObject({ status: 201 });
  });

  it('has a head and no body for HEAD', async () => {
    await start();
    const answer = await app.http.send('HEAD', '/v1/events/stream');
    expect([answer.status, answer.text, app.streams.size]).toEqual([200, '', 0]);
  });
});

describe('a reader that takes nothing', () => {
  const [EVENTS, SIZE] = [20_000, 2_000];
  /** What the service holds for it: a piece, and what fits under a connection's high-water mark. The whole log is 40 MB. */
  const BOUND = 256 * 1024;

  it('is dropped, and costs little memory until then', async () => {
    await start({ stallMs: 1_500, heartbeatMs: 20 });
    await app.fill(EVENTS, SIZE);
    const reader = await read();
    reader.pause();
    let most = 0;
    await eventually(
      'the reader to be dropped',
      () => {
        most = Math.max(most, app.streams.buffered);
        return Promise.resolve(app.streams.size);
      },
      (size) => size === 0,
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(BOUND);
    reader.resume();
    await reader.ended();
    expect(reader.isComplete).toBe(false);
    expect(reader.events.length).toBeLessThan(EVENTS);
  });

  it('holds up nobody else, and loses nothing when it comes back', async () => {
    await start({ stallMs: 4_000 });
    await app.fill(EVENTS, SIZE);
    const [slow, quick] = await Promise.all([read(), read()]);
    slow.pause();
    await quick.until('all events', () => quick.events.length === EVENTS);
    await eventually(
      'the reader to be dropped',
      () => Promise.resolve(app.streams.size),
      (size) => size === 1,
    );
    slow.resume();
    await slow.ended();
    const last = String(slow.events.at(-1)?.id ?? 0);
    const back = await read('/v1/events/stream?after=999999', { 'last-event-id': last });
    const rest = EVENTS - slow.events.length;
    await back.until('the rest', () => back.events.length === rest);
    const ids = [...slow.events, ...back.events].map(({ id }) => id);
    expect(ids).toEqual(quick.events.map(({ id }) => id));
  });

  it('is served to the end when it goes on in time', async () => {
    await start({ stallMs: 20_000 });
    await app.fill(EVENTS, SIZE);
    const reader = await read();
    reader.pause();
    await eventually(
      'the reader to be waited for',
      () => Promise.resolve(app.streams.buffered),
      (bytes) => bytes > 0,
    );
    reader.resume();
    await reader.until('all events', () => reader.events.length === EVENTS);
    expect(reader.events.map(({ id }) => id)).toEqual(
      Array.from({ length: EVENTS }, (_, index) => index + 1),
    );
  });
});

describe('200 idle streams', () => {
  /** The last statement of each connection that reads the log, and when it began. */
  async function lastReads(): Promise<Map<number, string>> {
    const { rows } = await app.database.query<{ pid: number; last: string }>(
      `SELECT pid, query_start || ' ' || query AS last FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'event-log read' ORDER BY pid`,
    );
    return new Map(rows.map(({ pid, last }) => [pid, last]));
  }

  it('ask nothing of the database, and neither do they for news', async () => {
    await start({ heartbeatMs: 20 });
    await put('MUG-1');
    // Three in five are for something that does not happen, and stay where they are in the log all the same.
    const filters = [
      '',
      'type=product.registered',
      'type=cart.opened',
      'stream=product-X',
      'stream=cart-1&type=x',
    ];
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) => read(`/v1/events/stream?${filters[index % 5] ?? ''}`)),
    );
    const beats = async () => {
      const before = all.map(({ comments }) => comments);
      await Promise.all(
        all.map((reader, index) =>
          reader.until('five more heartbeats', () => reader.comments >= (before[index] ?? 0) + 5),
        ),
      );
    };
    await beats();
    const before = await lastReads();
    await beats();
    expect(await lastReads()).toEqual(before);

    await put('MUG-2');
    const concerned = all.filter((_, index) => index % 5 < 2);
    await Promise.all(concerned.map((reader) => reader.until('the news', () => reader.events.length === 2)));
    await beats();
    const after = await lastReads();
    const fresh = [...after].filter(([pid, last]) => before.get(pid) !== last).map(([, last]) => last);
    // The command that stored the news looked for the product's stream, and told other processes.
    expect(fresh.filter((last) => !/NOTIFY|t\.after/.test(last))).toEqual([]);
    expect(app.streams.size).toBe(200);
  });
});

describe('a service that stops', () => {
  it('ends its streams at once, and takes no more', async () => {
    await start();
    await put('MUG-1');
    const all = await Promise.all(Array.from({ length: 20 }, () => read()));
    await Promise.all(all.map((reader) => reader.until('an event', () => reader.events.length === 1)));
    await app.closeServer();
    await Promise.all(all.map((reader) => reader.ended()));
    expect(all.map(({ isComplete }) => isComplete)).toEqual(all.map(() => true));
    await readersGone();
  });

  it('does not wait for a reader that takes nothing', async () => {
    await start();
    await app.fill(20_000, 2_000);
    const reader = await read();
    reader.pause();
    await eventually(
      'the reader to be waited for',
      () => Promise.resolve(app.streams.buffered),
      (bytes) => bytes > 0,
    );
    await app.closeServer();
    await readersGone();
    reader.resume();
    await reader.ended();
    expect(reader.isComplete).toBe(false);
  });
});
