import { Follower } from '../../support/follower.js';
import { LogDatabase, type LogRow } from '../../support/log-database.js';
import { Random } from '../../support/random.js';
import { Turmoil } from '../../support/turmoil.js';

// TEST_SEED repeats a run as far as chance is ours; TURMOIL makes it longer.
const SHARE = Number(process.env['TURMOIL'] ?? 100);

let database: LogDatabase;
let followers: Follower[];
beforeEach(async () => {
  database = await LogDatabase.create();
  await database.query('CREATE TABLE elsewhere (n integer)');
  followers = await Promise.all([1, 2, 3].map(() => Follower.started(database.url)));
});
afterEach(async () => {
  await Promise.all(followers.map((follower) => follower.stop()));
  await database.drop();
});

/** Transactions of others that stay open all the time: one that writes another table, and one that reads the log. */
async function openForeignTransactions(): Promise<void> {
  const [writer, reader] = [await database.connect(), await database.connect()];
  await writer.query('BEGIN');
  await writer.query('INSERT INTO elsewhere VALUES (1)');
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await reader.query('SELECT count(*) FROM event_log');
}

function expectGaplessStreams(rows: readonly LogRow[]): void {
  const heads = new Map<string, number>();
  for (const { stream, version } of rows) {
    expect([stream, version]).toEqual([stream, (heads.get(stream) ?? 0) + 1]);
    heads.set(stream, version);
  }
}

it.each([
  ['among transactions that last', 5],
  // With the others, somebody nearly always holds the lock; here a hole is seldom covered by chance.
  ['among appends that are over at once', 0],
])('every follower sees every committed event once, in the order of the log, %s', async (_, transactions) => {
  await openForeignTransactions();
  const turmoil = new Turmoil(database, Random.fromEnvironment());
  await turmoil.rage(followers, SHARE, transactions);
  const rows = await database.rows();
  const top = rows.at(-1)?.position ?? 0;
  process.stdout.write(`${JSON.stringify({ ...turmoil.count, events: rows.length, top })}\n`);

  for (const follower of followers) {
    await follower.reaches(top);
    expect(follower.fatal).toBeUndefined();
    expect(follower.seen).toEqual(rows);
  }
  expectGaplessStreams(rows);
  expect(top).toBeGreaterThan(rows.length);
  const { appended, conflicts, killed, restarts, ...ofTransactions } = turmoil.count;
  expect(Math.min(appended, conflicts, killed, restarts)).toBeGreaterThan(0);
  if (transactions > 0) expect(Math.min(...Object.values(ofTransactions))).toBeGreaterThan(0);
});
