import type { RecordedEvent } from '../../../../src/event-sourcing/kernel/recorded-event.js';
import { EventFeed, type FeedFilter } from '../../../../src/event-sourcing/log/settled/event-feed.js';
import type { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import { SettledLog } from '../../../../src/event-sourcing/log/settled/settled-log.js';
import { append, newEvent, openLog, Withdrawn, write } from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';

let database: LogDatabase;
let log: EventLog;
const followed: SettledLog[] = [];

beforeEach(async () => {
  database = await LogDatabase.create();
  log = openLog(database.url);
});
afterEach(async () => {
  await Promise.all(followed.splice(0).map((settled) => settled.stop()));
  await log.close();
  await database.drop();
});

/** A feed whose process began when the log was as it is now, so that nothing of it is in memory. */
async function feedFromHere(): Promise<{ feed: EventFeed; settled: SettledLog }> {
  const ignore = () => undefined;
  const settled = new SettledLog(log, { onConnectionError: ignore, onFatal: ignore });
  await settled.start();
  followed.push(settled);
  const feed = new EventFeed(log, settled);
  const { position } = (await database.rows()).at(-1) ?? { position: 0 };
  await feed.reached(position, 10_000);
  return { feed, settled };
}

/** Fills the log past the append function: as many deposits, each of 20 streams in turn, with a hole in the positions now and then. */
async function fill(count: number): Promise<void> {
  await database.query(
    `INSERT INTO event_log
     SELECT n + 1 + n / 100 * 7, 'account-' || n % 20, n / 20 + 1, gen_random_uuid(), 'account.deposited', 1, '{"amount": 1}', '{}', now()
       FROM generate_series(0, $1 - 1) AS n`,
    [count],
  );
  await database.query(`SELECT setval('event_position', (SELECT max(position) FROM event_log))`);
}

async function readAll(
  feed: EventFeed,
  filter: FeedFilter,
  limit: number,
): Promise<{ events: RecordedEvent[]; pages: number }> {
  const events: RecordedEvent[] = [];
  let pages = 0;
  for (let after = 0; after < feed.mark; pages += 1) {
    const page = await feed.page(after, filter, limit);
    expect(page.next).toBeGreaterThan(after);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    events.push(...page.events);
    after = page.next;
  }
  return { events, pages };
}

async function withdraw(stream: string): Promise<void> {
  const version = await log.streamVersion(stream);
  await log.append(append([write(stream, version, [new Withdrawn({ amount: 1 })])])).result;
}

it('reads everything once and in order, whatever is asked for, from disk and from memory', async () => {
  await fill(3_000);
  await withdraw('account-3');
  const { feed } = await feedFromHere();
  for (let index = 0; index < 5; index += 1) await withdraw(`account-${index}`);
  await log.append(append([write('account-3', await log.streamVersion('account-3'), 1_500)])).result;
  const rows = await database.query<{ position: number; stream: string; type: string }>(
    'SELECT position::float8, stream, type FROM event_log ORDER BY position',
  );
  await feed.reached(rows.at(-1)?.position ?? 0, 10_000);
  const [stream, type] = ['account-3', 'account.withdrawn'];
  for (const filter of [
    {},
    { stream },
    { type },
    { stream, type },
    { stream: 'account-99' },
    { type: 'x' },
  ]) {
    const wanted = rows.filter((row) =>
      Object.entries(filter).every(([name, value]) => row[name as 'type'] === value),
    );
    for (const limit of [1, 7, 1_000]) {
      if (limit === 1 && wanted.length > 10) continue;
      const { events } = await readAll(feed, filter, limit);
      expect(events.map(({ position }) => position)).toEqual(wanted.map(({ position }) => position));
    }
  }
});

it('goes on from any position in the middle of a stream', async () => {
  await fill(2_000);
  const { feed } = await feedFromHere();
  const rows = (await database.rows()).filter(({ stream }) => stream === 'account-7');
  for (const after of [0, 1, 6, 7, 8, 500, 1_234, 2_100]) {
    const { events } = await feed.page(after, { stream: 'account-7' }, 3);
    const expected = rows.filter(({ position }) => position > after).slice(0, 3);
    expect(events.map(({ position }) => position)).toEqual(expected.map(({ position }) => position));
  }
});

it('looks at a part of a big log at a time for what is rare, and says how far it got', async () => {
  await fill(25_000);
  await withdraw('account-1');
  const { feed } = await feedFromHere();
  const rows = await database.rows();
  const first = await feed.page(0, { type: 'account.withdrawn' }, 100);
  expect(first).toEqual({ events: [], next: rows[9_999]?.position });
  const { events, pages } = await readAll(feed, { type: 'account.withdrawn' }, 100);
  expect(events.map(({ position }) => position)).toEqual([rows.at(-1)?.position]);
  expect(pages).toBe(3);
});

it('shows nothing behind a hole that may still be filled', async () => {
  const { feed } = await feedFromHere();
  const writer = await database.connect();
  await writer.query('BEGIN');
  const insert = `SELECT append_event($1, 1, gen_random_uuid(), 'account.deposited', 1, '{"amount":1}', '{}', now(), '{}', '{}')`;
  await writer.query(insert, ['account-slow']);
  await log.append(append([write('account-fast', 0)])).result;
  expect((await database.rows()).map(({ stream }) => stream)).toEqual(['account-fast']);
  expect(await feed.page(0, {}, 10)).toEqual({ events: [], next: 0 });
  expect(await feed.page(0, { stream: 'account-fast' }, 10)).toEqual({ events: [], next: 0 });
  await writer.query('COMMIT');
  await feed.reached(2, 10_000);
  const { events, next } = await feed.page(0, {}, 10);
  expect([events.map(({ stream }) => stream), next]).toEqual([['account-slow', 'account-fast'], 2]);
});

it('never turns back for a reader that is ahead', async () => {
  const { feed } = await feedFromHere();
  expect(await feed.page(4_711, {}, 10)).toEqual({ events: [], next: 4_711 });
});

it('gives the events that have an id, and leaves out what there is not', async () => {
  const stored = newEvent(new Withdrawn({ amount: 3 }));
  await log.append(
    append([{ stream: 'account-1', expectedVersion: 0, occurredAt: new Date(), events: [stored] }]),
  ).result;
  const found = await log.readIds([stored.id, '01a20748-0000-7000-8000-000000000000']);
  expect(found.map(({ id, event }) => ({ id, event }))).toEqual([{ id: stored.id, event: stored.event }]);
});
