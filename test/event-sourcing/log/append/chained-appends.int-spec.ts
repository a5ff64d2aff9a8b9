import type { EventLog } from '../../../../src/event-sourcing/log/event-log.js';
import type { PendingAppend } from '../../../../src/event-sourcing/log/append/pending-append.js';
import { append, openLog, write } from '../../support/bank.js';
import { LogDatabase } from '../../support/log-database.js';
import { companion, waitingForLock } from '../../support/ways.js';

const stream = 'account-1';

let database: LogDatabase;
let log: EventLog;
beforeEach(async () => {
  database = await LogDatabase.create();
  log = openLog(database.url);
});
afterEach(async () => {
  await log.close();
  await database.drop();
});

const statuses = async (pending: readonly PendingAppend[]): Promise<string[]> =>
  Promise.all(pending.map(async ({ result }) => (await result).status));

/** Appends of one event each, every one of them decided on the one before. `conditions` are those of single members. */
function chain(
  from: number,
  length: number,
  conditions: Readonly<Record<number, number>> = {},
): PendingAppend[] {
  const members: PendingAppend[] = [];
  for (let index = 0; index < length; index += 1) {
    const condition = conditions[index];
    members.push(
      log.append(
        append(
          [write(stream, from + index)],
          condition === undefined ? [] : [{ stream: 'product-7', version: condition }],
        ),
        members.slice(-1),
      ),
    );
  }
  return members;
}

describe('several commands on one stream', () => {
  it('ride in one batch, decided one after the other', async () => {
    let batches = 0;
    log.onStored(() => (batches += 1));
    expect(await statuses(chain(0, 50))).toEqual(Array(50).fill('appended'));
    expect(batches).toBe(1);
    expect(await log.streamVersion(stream)).toBe(50);
  });

  it('are split over several batches where one is too small, and stay in order', async () => {
    const small = openLog(database.url, { maxBatchSize: 7 });
    const members: PendingAppend[] = [];
    for (let index = 0; index < 50; index += 1) {
      members.push(small.append(append([write(stream, index)]), members.slice(-1)));
    }
    expect(await statuses(members)).toEqual(Array(50).fill('appended'));
    await small.close();
  });

  it('all fail when the first does, and leave the others of the batch alone', async () => {
    const [mate, members] = [log.append(companion()), chain(3, 4)];
    expect(await statuses(members)).toEqual(Array(4).fill('conflict'));
    expect((await mate.result).status).toBe('appended');
    expect(await log.streamVersion(stream)).toBe(0);
  });

  it('stand up to the one that fails, and fall from there on', async () => {
    const members = chain(0, 6, { 1: 0, 3: 1, 4: 0 });
    expect(await statuses(members)).toEqual([
      'appended',
      'appended',
      'appended',
      ...Array<string>(3).fill('conflict'),
    ]);
    expect(await log.streamVersion(stream)).toBe(3);
  });

  it('fall with one that was repeated, as it took effect before', async () => {
    const command = { id: '0190a000-0000-7000-8000-000000000009', fingerprint: 'f', outcome: null };
    await log.append({ ...append([]), command }).result;
    const first = log.append(append([write(stream, 0)]));
    const again = log.append({ ...append([write(stream, 1)]), command }, [first]);
    const onTop = log.append(append([write(stream, 2)]), [again]);
    expect(await statuses([first, again, onTop])).toEqual(['appended', 'repeated', 'conflict']);
    expect(await log.streamVersion(stream)).toBe(1);
  });

  it('wait together when another process holds their stream, and hold nobody else up', async () => {
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [stream]);
    const members = chain(0, 3);
    await waitingForLock(database, 'advisory');
    for (let index = 0; index < 10; index += 1)
      expect((await log.append(companion()).result).status).toBe('appended');
    await other.query('COMMIT');
    expect(await statuses(members)).toEqual(Array(3).fill('appended'));
  });

  it('fall together when the other process has used the stream meanwhile', async () => {
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query(
      `SELECT append_event($1, 1, gen_random_uuid(), 'account.deposited', 1, '{"amount":1}', '{}', now(), '{}', '{}')`,
      [stream],
    );
    const members = chain(0, 3);
    await waitingForLock(database, 'advisory');
    await other.query('COMMIT');
    expect(await statuses(members)).toEqual(Array(3).fill('conflict'));
    expect(await log.streamVersion(stream)).toBe(1);
  });

  it('wait in their places when a member in the middle has a condition that is locked', async () => {
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('product-7', 0))`);
    const members = chain(0, 4, { 1: 0 });
    expect(await statuses(members.slice(0, 1))).toEqual(['appended']);
    await waitingForLock(database, 'advisory');
    await other.query('COMMIT');
    expect(await statuses(members)).toEqual(Array(4).fill('appended'));
    expect(await log.streamVersion(stream)).toBe(4);
  });
});
