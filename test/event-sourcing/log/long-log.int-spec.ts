import { EventFeed } from '../../../src/event-sourcing/log/settled/event-feed.js';
import { SettledLog } from '../../../src/event-sourcing/log/settled/settled-log.js';
import { eventually } from '../../support/eventually.js';
import { openLog } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';

const EVENTS = 20_000;

let database: LogDatabase;

beforeEach(async () => {
  database = await LogDatabase.create();
  await database.query(
    `INSERT INTO event_log
     SELECT n, 'account-' || n % 20, n / 20 + 1, gen_random_uuid(), 'account.deposited', 1, '{"amount": 1}', '{}', now()
       FROM generate_series(1, $1) AS n`,
    [EVENTS],
  );
  await database.query(`SELECT setval('event_position', $1)`, [EVENTS]);
  await database.query('ANALYZE event_log');
});
afterEach(() => database.drop());

interface Reads {
  readonly scanned: number;
  readonly fetched: number;
}

/** Rows of the log that were read without an index, and by one. */
async function reads(): Promise<Reads> {
  const [row] = await database.query<Reads & Record<string, number>>(
    `SELECT seq_tup_read::float8 AS scanned, idx_tup_fetch::float8 AS fetched FROM pg_stat_user_tables WHERE relname = 'event_log'`,
  );
  return row ?? { scanned: NaN, fetched: NaN };
}

describe('a long log', () => {
  it('is not read from one end to the other to find out where it ends, or where a page does', async () => {
    const before = await reads();
    const log = openLog(database.url);
    const settled = new SettledLog(log, { onConnectionError: () => undefined, onFatal: () => undefined });
    await settled.start();
    const feed = new EventFeed(log, settled);
    await feed.reached(EVENTS, 10_000);
    expect(await log.lookUpHead()).toBe(EVENTS);
    const page = await feed.page(0, { type: 'account.deposited' }, 10);
    expect(page.events).toHaveLength(10);
    await settled.stop();
    await log.close();

    // PostgreSQL counts what a session has read when the session ends.
    const after = await eventually(
      'the counts of the sessions',
      reads,
      ({ fetched }) => fetched > before.fetched,
    );
    expect(after.scanned).toBe(before.scanned);
  });
});

describe('a long stream', () => {
  it('is read in pages, beside short ones', async () => {
    await database.query(
      `INSERT INTO event_log
       SELECT nextval('event_position'), 'account-long', n, gen_random_uuid(), 'account.deposited', 1, '{"amount": 1}', '{}', now()
         FROM generate_series(1, $1) AS n`,
      [EVENTS],
    );
    const log = openLog(database.url);
    const tails = ['account-1', 'account-long', 'account-none', 'account-2'].map((stream) => ({
      stream,
      after: 3,
    }));
    const events = await log.readStreams(tails);
    const versions = (length: number): number[] =>
      Array.from({ length: length - 3 }, (_, index) => index + 4);
    for (const [stream, length] of [
      ['account-1', EVENTS / 20],
      ['account-long', EVENTS],
      ['account-2', EVENTS / 20],
    ] as const) {
      expect(events.splice(0, length - 3).map((event) => [event.stream, event.version])).toEqual(
        versions(length).map((version) => [stream, version]),
      );
    }
    expect(events).toEqual([]);
    expect(await log.readStream('account-long')).toHaveLength(EVENTS);
    await log.close();
  });
});
