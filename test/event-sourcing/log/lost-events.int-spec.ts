import { LogMismatchError } from '../../../src/event-sourcing/log/log-identity.js';
import { SettledLog } from '../../../src/event-sourcing/log/settled/settled-log.js';
import { eventually } from '../../support/eventually.js';
import { append, openLog, write } from '../support/bank.js';
import { Follower } from '../support/follower.js';
import { LogDatabase } from '../support/log-database.js';
import { Backup } from '../support/restore.js';

let database: LogDatabase;
let backup: Backup;
const ends: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await LogDatabase.create();
  await (await acknowledged('account-0', 0, 5)).close();
  backup = await Backup.of(database);
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  await backup.remove();
  await database.drop();
});

function open() {
  const log = openLog(database.url, { cli: 'operate' });
  ends.push(() => log.close());
  return log;
}

/** A log of a process that has stored events one by one. */
async function acknowledged(stream: string, version: number, events: number) {
  const log = openLog(database.url, { cli: 'operate' });
  for (let stored = 0; stored < events; stored += 1) {
    expect(await log.append(append([write(stream, version + stored)])).result).toMatchObject({
      status: 'appended',
    });
  }
  return log;
}

async function process(stream: string, version = 0, events = 3) {
  const log = await acknowledged(stream, version, events);
  ends.push(() => log.close());
  return log;
}

async function follow(): Promise<Follower> {
  const follower = await Follower.started(database.url);
  ends.push(() => follower.stop());
  return follower;
}

/** Takes away the event at a position, as a failover may that loses the last commits. */
async function lose(position: number): Promise<void> {
  await database.query(`ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only`);
  await database.query('DELETE FROM event_log WHERE position = $1', [position]);
  await database.query(`ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only`);
}

async function endConnections(): Promise<void> {
  for (const name of ['append', 'read', 'head', 'follow']) await database.kill(`event-log ${name}`);
}

const isClosed = async (): Promise<boolean> =>
  (await database.query(`SELECT FROM pg_trigger WHERE tgname = 'event_log_is_closed'`)).length > 0;

async function closed(): Promise<void> {
  await eventually('the log to be closed', isClosed, (found) => found);
}

const LOST =
  /^The event log has lost events: the event at position 8.* or run "operate accept-loss" and restart\.$/;

describe('a log that was taken back behind acknowledged events', () => {
  it('acknowledges nothing any more, and reads nothing', async () => {
    const log = await process('account-1');
    await backup.rollBack(database);
    await endConnections();
    const rows = await database.rows();
    const appends = Array.from({ length: 5 }, (_, index) =>
      log.append(append([write(`account-${index + 7}`, 0)])),
    );
    for (const { result } of appends) await expect(result).rejects.toThrow(LogMismatchError);
    await expect(log.readStream('account-0')).rejects.toThrow(LogMismatchError);
    await expect(log.lookUpHead()).rejects.toThrow(LogMismatchError);
    expect(log.failure?.message).toMatch(/^The event log has lost events: the event at position 6/);
    expect(await database.rows()).toEqual(rows);
    await closed();
  });

  it('is found by a process that only reads, and tells its follower', async () => {
    const follower = await follow();
    await process('account-1');
    await follower.reaches(8);
    await backup.rollBack(database);
    await database.kill('event-log read');
    await database.kill('event-log head');
    await expect(follower.log?.lookUpHead()).rejects.toThrow(LogMismatchError);
    expect(follower.fatal).toBe(follower.log?.failure);
    expect(follower.settled.failure).toBe(follower.log?.failure);
  });

  it('is found by a process that has seen a lost event and stored none', async () => {
    const follower = await follow();
    await process('account-1');
    await follower.reaches(8);
    await lose(8);
    await database.kill('event-log follow');
    await eventually(
      'the follower to notice',
      () => Promise.resolve(follower.fatal),
      (error) => error !== undefined,
    );
    expect(follower.fatal?.message.replace('npx durable-cqrs', 'operate')).toMatch(LOST);
  });
});

describe('a log that lacks an acknowledged event before its end', () => {
  it('is found, although the last acknowledged event is there', async () => {
    const log = await process('account-1', 0, 4);
    await lose(8);
    await endConnections();
    await expect(log.append(append([write('account-1', 4)])).result).rejects.toThrow(LOST);
  });
});

describe('a process that has seen no lost event', () => {
  it('is stopped by the one that has, with and without traffic', async () => {
    const [busy, idle] = [open(), await follow()];
    await busy.append(append([write('account-2', 0)])).result;
    await idle.reaches(6);
    const log = await process('account-1', 0, 2);
    await lose(8);
    await database.kill('event-log append');
    await expect(log.append(append([write('account-1', 2)])).result).rejects.toThrow(LogMismatchError);
    await closed();
    await expect(busy.append(append([write('account-2', 1)])).result).rejects.toThrow(LOST);
    await eventually(
      'the other to hear',
      () => Promise.resolve(idle.fatal),
      (error) => error !== undefined,
    );
    expect(idle.fatal).toBeInstanceOf(LogMismatchError);
  });

  it('starts when an operator has opened the log, and gives no position of a lost event away', async () => {
    const log = await process('account-1', 0, 3);
    await backup.rollBack(database);
    await endConnections();
    await expect(log.append(append([write('account-1', 3)])).result).rejects.toThrow(LogMismatchError);
    await closed();
    await expect(Follower.started(database.url)).rejects.toThrow(LogMismatchError);
    await database.query('SELECT open_event_log(20)');
    const follower = await follow();
    const result = await follower.log?.append(append([write('account-1', 0)])).result;
    expect(result).toEqual({ status: 'appended', positions: [21] });
    await follower.reaches(21);
    // The process that has stopped stays stopped: its states in memory are those of the lost events.
    await expect(log.append(append([write('account-1', 3)])).result).rejects.toThrow(LogMismatchError);
  });
});

describe('a log that has lost nothing', () => {
  it('is used on, whatever connections are ended, among many appends', async () => {
    const log = open();
    const settled = new SettledLog(log, { onConnectionError: () => undefined, onFatal: () => undefined });
    await settled.start();
    for (let round = 0; round < 5; round += 1) {
      const appends = Array.from({ length: 600 }, (_, index) =>
        log.append(append([write(`account-${round}-${index}`, 0, 2)])),
      );
      await endConnections();
      for (const { result } of appends) expect(await result).toMatchObject({ status: 'appended' });
    }
    expect(log.failure).toBeUndefined();
    expect(await isClosed()).toBe(false);
    await settled.stop();
  });
});
