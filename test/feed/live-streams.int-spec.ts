import { KeyServer, makeKeys, signedBy, type KeyPair } from '../access/key-server.js';
import { jwtOf } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { FeedApp } from './feed-app.js';
import { SseReader } from './sse-reader.js';

/** A log of 40 MB, many times what the buffers of a connection take. A piece of a stream holds two or three events. */
const [EVENTS, SIZE] = [5_000, 8_000];

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
  it('sends heartbeats while nothing happens', async () => {
    await start({ heartbeatMs: 20 });
    const reader = await read();
    await reader.until('three heartbeats', () => reader.comments >= 3);
    expect(reader.events).toEqual([]);
    expect(reader.response).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    });
  });

  it('is closed when its reader disconnects', async () => {
    await start({ heartbeatMs: 20 });
    const some = await Promise.all(Array.from({ length: 10 }, () => read()));
    expect(app.streams.size).toBe(10);
    for (const reader of some) reader.leave();
    await readersGone();
    expect(app.streams.buffered).toBe(0);
    expect(await put('MUG-1')).toMatchObject({ status: 201 });
  });

  it('has headers and no body for HEAD', async () => {
    await start();
    const answer = await app.http.send('HEAD', '/v1/events/stream');
    expect([answer.status, answer.text, app.streams.size]).toEqual([200, '', 0]);
  });
});

describe('a heartbeat', () => {
  it('has the position of a reader of rare events, so that the next search starts there', async () => {
    await start({ heartbeatMs: 20 });
    await put('MUG-1');
    await put('MUG-2');
    const head = app.feed.mark;
    const filtered = await read('/v1/events/stream?type=cart.opened');
    await filtered.until('the end of the log', () => filtered.lastId === head);
    expect(filtered.events).toEqual([]);

    const all = await read('/v1/events/stream', { 'last-event-id': String(filtered.lastId) });
    await put('MUG-3');
    await all.until('the news', () => all.events.length === 1);
    expect(all.events[0]?.data.stream).toBe('product-MUG-3');
    await filtered.until('the news to be passed over', () => (filtered.lastId ?? 0) >= app.feed.mark);
    expect(filtered.events).toEqual([]);
  });

  it('never has a position beyond the events sent to the reader', async () => {
    await start({ heartbeatMs: 1 });
    await app.fill(3_000, 500);
    const reader = await read();
    let ahead = 0;
    await reader.until('all events', () => {
      const last = reader.events.at(-1)?.id ?? 0;
      if ((reader.lastId ?? 0) > last) ahead = reader.lastId ?? 0;
      return reader.events.length === 3_000;
    });
    expect(ahead).toBe(0);
  });
});

describe('the JWT of a reader', () => {
  const admin = (claims: object) => ({
    authorization: `Bearer ${jwtOf({ sub: 'anna', roles: ['admin'], ...claims })}`,
  });
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

  it('ends the stream when it expires, and no other', async () => {
    await start({ heartbeatMs: 20 });
    const lasting = await read('/v1/events/stream', admin({ exp: inSeconds(3_600 * 24 * 365) }));
    const endless = await read('/v1/events/stream', admin({ exp: undefined }));
    const end = inSeconds(2);
    const short = await read('/v1/events/stream', admin({ exp: end }));
    await short.until('a heartbeat', () => short.comments > 0);
    await short.ended();
    expect(Date.now()).toBeGreaterThanOrEqual(end * 1_000);
    expect(short.isComplete).toBe(true);
    for (const other of [lasting, endless]) {
      const before = other.comments;
      await other.until('another heartbeat', () => other.comments > before);
    }
  });

  it('ends the stream of a reader who reads nothing as well', async () => {
    // The JWT expires when the connection is full, and before the stream is cut off as stalled.
    await start({ stallMs: 8_000 });
    await app.fill(EVENTS, SIZE);
    const reader = await read('/v1/events/stream', admin({ exp: inSeconds(7) }));
    reader.pause();
    await eventually(
      'the connection to be full',
      () => Promise.resolve(app.streams.buffered),
      (bytes) => bytes > 0,
    );
    await readersGone();
    reader.resume();
    await reader.ended();
    expect(reader.isComplete).toBe(false);
  });

  it('ends the stream when its key is withdrawn, and no other', async () => {
    const [kept, withdrawn, news] = await Promise.all([
      makeKeys('RS256', 'kept'),
      makeKeys('RS256', 'withdrawn'),
      makeKeys('RS256', 'news'),
    ]);
    const server = new KeyServer();
    server.show([kept, withdrawn]);
    try {
      app = await FeedApp.start({ heartbeatMs: 20 }, { AUTH_JWKS_URL: await server.start() });
      const signed = async (keys: KeyPair) => ({
        authorization: `Bearer ${await signedBy(keys, { sub: 'anna', roles: ['admin'] })}`,
      });
      const going = await read('/v1/events/stream', await signed(withdrawn));
      const staying = await read('/v1/events/stream', await signed(kept));
      await going.until('a heartbeat', () => going.comments > 0);
      server.show([kept, news]);
      // Somebody comes with the new key, so the keys are fetched.
      const { status } = await app.http.get('/v1/events', await signed(news));
      expect(status).toBe(200);
      await going.ended();
      expect(going.isComplete).toBe(true);
      const before = staying.comments;
      await staying.until('more heartbeats', () => staying.comments > before + 2);
    } finally {
      await server.stop();
    }
  });
});

describe('a reader that reads nothing', () => {
  /** What the service holds for it: a piece, and what fits under a connection's high-water mark. */
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

  it('delays nobody else, and misses nothing when it reconnects', async () => {
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

  it('gets all events when it resumes reading in time', async () => {
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

  it('cause no queries, not even for new events', async () => {
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
    expect(fresh.filter((last) => !/NOTIFY|pg_notify|t\.after/.test(last))).toEqual([]);
    expect(app.streams.size).toBe(200);
  });
});

describe('a stopping service', () => {
  it('ends its streams at once, and accepts no more', async () => {
    await start();
    await put('MUG-1');
    const all = await Promise.all(Array.from({ length: 20 }, () => read()));
    await Promise.all(all.map((reader) => reader.until('an event', () => reader.events.length === 1)));
    await app.closeServer();
    await Promise.all(all.map((reader) => reader.ended()));
    expect(all.map(({ isComplete }) => isComplete)).toEqual(all.map(() => true));
    await readersGone();
  });

  it('does not wait for a reader that reads nothing', async () => {
    await start();
    await app.fill(EVENTS, SIZE);
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
