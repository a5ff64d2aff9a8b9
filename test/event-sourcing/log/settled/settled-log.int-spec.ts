import type { Client } from 'pg';
import type { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import { eventually } from '../../../support/eventually.js';
import { append, openLog, write } from '../../support/bank.js';
import { Follower } from '../../support/follower.js';
import { LogDatabase } from '../../support/log-database.js';

let database: LogDatabase;
let log: EventLog;
let followers: Follower[];
beforeEach(async () => {
  database = await LogDatabase.create();
  log = openLog(database.url);
  followers = [];
});
afterEach(async () => {
  await Promise.all(followers.map((follower) => follower.stop()));
  await log.close();
  await database.drop();
});

async function follow(): Promise<Follower> {
  const follower = await Follower.started(database.url);
  followers.push(follower);
  return follower;
}

const APPEND = `SELECT append_event($1, $2, gen_random_uuid(), 'account.deposited', 1, '{"amount":1}', '{}', now(), '{}', '{}')`;

/** A transaction of another program that has appended an event and stays open. */
async function openAppend(stream: string, version = 1): Promise<Client> {
  const client = await database.connect();
  await client.query('BEGIN');
  await client.query(APPEND, [stream, version]);
  return client;
}

async function store(stream: string, version = 0): Promise<void> {
  await log.append(append([write(stream, version)])).result;
}

/** Resolves when every follower has looked at the log some more. */
async function looksAgain(follower: Follower): Promise<void> {
  for (let look = 0; look < 3; look += 1) {
    const [now] = await database.query<{ now: Date }>(`SELECT clock_timestamp() AS now`);
    await eventually(
      'another look',
      () =>
        database.query(
          `SELECT pid FROM pg_stat_activity WHERE application_name = 'event-log follow'
            AND datname = current_database() AND state = 'idle' AND query_start > $1`,
          [now?.now],
        ),
      (looked) => looked.length >= followers.length,
    );
  }
  expect(follower.fatal).toBeUndefined();
}

describe('the settled log', () => {
  it('ends before a position that is still under way, and goes on when that is committed', async () => {
    const follower = await follow();
    await store('account-1');
    const open = await openAppend('account-2');
    await store('account-3');
    await follower.reaches(1);
    await looksAgain(follower);
    expect(follower.checkpoint).toBe(1);
    await open.query('COMMIT');
    await follower.reaches(3);
    expect(follower.seen).toEqual(await database.rows());
  });

  it('passes over a position whose transaction was rolled back', async () => {
    const follower = await follow();
    const open = await openAppend('account-2');
    await store('account-3');
    await looksAgain(follower);
    expect(follower.checkpoint).toBe(0);
    await open.query('ROLLBACK');
    await follower.reaches(2);
    expect(follower.seen.map(({ position }) => position)).toEqual([2]);
  });

  it('passes over a position whose connection was killed, and one whose savepoint was rolled back', async () => {
    const follower = await follow();
    await openAppend('account-1');
    const saved = await database.connect();
    await saved.query('BEGIN');
    await saved.query('SAVEPOINT before');
    await saved.query(APPEND, ['account-2', 1]);
    await saved.query('ROLLBACK TO before');
    await saved.query(APPEND, ['account-2', 1]);
    await store('account-3');
    await saved.query('COMMIT');
    await looksAgain(follower);
    expect(follower.checkpoint).toBe(0);
    await database.kill('test transaction');
    await follower.reaches(4);
    expect(follower.seen.map(({ position }) => position)).toEqual([3, 4]);
  });

  it('waits for nobody who began after the positions that are missing', async () => {
    const follower = await follow();
    const open = await openAppend('account-1');
    await store('account-2');
    await looksAgain(follower);
    const later = await openAppend('account-3');
    await looksAgain(follower);
    await open.query('ROLLBACK');
    await follower.reaches(2);
    await later.query('COMMIT');
    await follower.reaches(3);
    expect(follower.seen).toEqual(await database.rows());
  });

  it('is held up by no transaction that writes another table or reads the log', async () => {
    await database.query('CREATE TABLE elsewhere (n integer)');
    const [writer, reader] = [await database.connect(), await database.connect()];
    await writer.query('BEGIN');
    await writer.query('INSERT INTO elsewhere VALUES (1)');
    await writer.query('SELECT count(*) FROM event_log');
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM event_log');
    const follower = await follow();
    const open = await openAppend('account-1');
    await store('account-2');
    await open.query('ROLLBACK');
    await follower.reaches(2);
    await writer.query('COMMIT');
  });

  it('counts in a transaction that began long ago and appends only now', async () => {
    await database.query('CREATE TABLE elsewhere (n integer)');
    const old = await database.connect();
    await old.query('BEGIN');
    await old.query('INSERT INTO elsewhere VALUES (1)');
    const follower = await follow();
    for (let version = 0; version < 20; version += 1) await store('account-1', version);
    await follower.reaches(20);
    await old.query(APPEND, ['account-2', 1]);
    await store('account-1', 20);
    await looksAgain(follower);
    expect(follower.checkpoint).toBe(20);
    await old.query('COMMIT');
    await follower.reaches(22);
    expect(follower.seen).toEqual(await database.rows());
  });

  it('begins with what was under way when it began', async () => {
    const open = await openAppend('account-1');
    await store('account-2');
    const follower = await follow();
    await looksAgain(follower);
    expect(follower.checkpoint).toBe(0);
    await open.query('COMMIT');
    await follower.reaches(2);
    expect(follower.seen).toEqual(await database.rows());
  });

  it('passes over positions that were drawn and never used, thousands of them', async () => {
    const follower = await follow();
    await store('account-1');
    await database.query(`SELECT nextval('event_position') FROM generate_series(1, 5000)`);
    await store('account-1', 1);
    await database.query(`SELECT setval('event_position', 1000000)`);
    await store('account-1', 2);
    await follower.reaches(1_000_001);
    expect(follower.seen).toEqual(await database.rows());
  });

  it('catches up with more events than it reads at a time, across a hole', async () => {
    const open = await openAppend('account-1');
    const follower = await follow();
    const pending = Array.from({ length: 15 }, (_, n) =>
      log.append(append([write(`account-1${n}`, 0, 300)])),
    );
    await Promise.all(pending.map(({ result }) => result));
    await open.query('ROLLBACK');
    await follower.reaches(4501);
    expect(follower.seen).toEqual(await database.rows());
    // From the memory of what came last, and from the log behind that.
    expect(await follower.settled.read(4400, 1_000)).toHaveLength(101);
    expect((await follower.settled.read(10, 5)).map(({ position }) => position)).toEqual([
      11, 12, 13, 14, 15,
    ]);
  });

  it('tells listeners of every event that settles, in order', async () => {
    const follower = await follow();
    const heard: number[] = [];
    follower.settled.onSettled(({ position }) => heard.push(position));
    for (let version = 0; version < 5; version += 1) await store('account-1', version);
    await follower.reaches(5);
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a settled log whose connection is killed', () => {
  it('goes on, also while it waits at a hole', async () => {
    const follower = await follow();
    const open = await openAppend('account-1');
    await store('account-2');
    await looksAgain(follower);
    for (let round = 0; round < 3; round += 1) {
      const errors = follower.connectionErrors.length;
      await eventually(
        'a connection to kill',
        () => database.kill('event-log follow'),
        (n) => n > 0,
      );
      await eventually(
        'the loss to be noticed',
        () => Promise.resolve(follower.connectionErrors.length),
        (n) => n > errors,
      );
    }
    await open.query('COMMIT');
    await follower.reaches(2);
    expect(follower.seen).toEqual(await database.rows());
    expect(follower.fatal).toBeUndefined();
  });

  it('outlives a lock on the log that makes it time out', async () => {
    const follower = await follow();
    await store('account-1');
    await follower.reaches(1);
    const blocker = await database.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE');
    // What a time-out of the server does to a statement that takes too long.
    await eventually(
      'a statement of the follower to cancel',
      () =>
        database.query(
          `SELECT pid FROM (SELECT pid FROM pg_stat_activity
            WHERE application_name = 'event-log follow' AND datname = current_database() AND wait_event_type = 'Lock' LIMIT 9) a
            WHERE pg_cancel_backend(pid)`,
        ),
      (found) => found.length > 0,
    );
    await blocker.query('ROLLBACK');
    await store('account-1', 1);
    await follower.reaches(2);
    expect(follower.fatal).toBeUndefined();
  });
});
