import { LogMismatchError } from '../../../src/event-sourcing/log/log-identity.js';
import { eventually } from '../../support/eventually.js';
import { append, openLog, write } from '../support/bank.js';
import { Follower } from '../support/follower.js';
import { LogDatabase } from '../support/log-database.js';
import { Backup } from '../support/restore.js';

let source: LogDatabase;
let target: LogDatabase;
let backup: Backup;
beforeEach(async () => {
  [source, target] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await storeIn(source, 'account-1', 0, 5);
  backup = await Backup.of(source);
});
afterEach(async () => {
  await backup.remove();
  await Promise.all([source.drop(), target.drop()]);
});

async function storeIn(
  database: LogDatabase,
  stream: string,
  version: number,
  events: number,
): Promise<void> {
  const log = openLog(database.url);
  expect(await log.append(append([write(stream, version, events)])).result).toMatchObject({
    status: 'appended',
  });
  await log.close();
}

const connections = async (): Promise<number> =>
  (
    await target.query(
      `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'event-log%' AND datname = current_database()`,
    )
  ).length;

describe('a log that was restored into a fresh database', () => {
  it('is followed from any checkpoint on, and appended to', async () => {
    await backup.restoreInto(target);
    await storeIn(target, 'account-1', 5, 2);
    const follower = await Follower.started(target.url);
    await follower.reaches(7);
    expect(follower.seen).toEqual(await target.rows());
    expect(follower.seen.slice(0, 5)).toEqual(await source.rows());
    await follower.stop();
  });

  it('is refused when the sequence of positions was left behind', async () => {
    await backup.restoreInto(target, { withSequence: false });
    await expect(Follower.started(target.url)).rejects.toThrow(LogMismatchError);
    await eventually('all connections to be closed', connections, (count) => count === 0);
    await target.query(`SELECT setval('event_position', max(position)) FROM event_log`);
    await (await Follower.started(target.url)).stop();
  });

  it('is refused when the sequence was left behind by a single event', async () => {
    await storeIn(target, 'account-1', 0, 1);
    await target.query(`ALTER SEQUENCE event_position RESTART`);
    await expect(Follower.started(target.url)).rejects.toThrow(LogMismatchError);
  });

  it('is refused without an identity', async () => {
    await target.query('DELETE FROM event_log_identity');
    await expect(Follower.started(target.url)).rejects.toThrow(LogMismatchError);
  });
});

describe('a log that is replaced under a running follower', () => {
  const stopped = async (follower: Follower): Promise<void> => {
    await eventually(
      'the follower to notice',
      () => Promise.resolve(follower.fatal),
      (error) => error !== undefined,
    );
    expect(follower.fatal).toBeInstanceOf(LogMismatchError);
    await eventually('its connection to be closed', followers, (count) => count === 0);
  };
  const followers = async (): Promise<number> =>
    (
      await source.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'event-log follow' AND datname = current_database()`,
      )
    ).length;

  it('stops it when the connection leads to another log', async () => {
    const follower = await Follower.started(source.url);
    await follower.reaches(5);
    await source.query('UPDATE event_log_identity SET id = gen_random_uuid()');
    await source.kill('event-log follow');
    await stopped(follower);
    await follower.stop();
  });

  it.each([
    ['after it was given events', true],
    ['before anything has happened since it began', false],
  ])('stops it when the log was taken back to an earlier time, %s', async (_, given) => {
    await storeIn(source, 'account-1', 5, 3);
    const follower = await Follower.started(source.url);
    await follower.reaches(8);
    if (given) {
      await storeIn(source, 'account-1', 8, 1);
      await follower.reaches(9);
    }
    await backup.rollBack(source);
    await source.kill('event-log follow');
    // Other events come to stand where those were that it was given.
    await storeIn(source, 'account-2', 0, 10);
    await stopped(follower);
    expect(follower.seen.map(({ stream }) => stream)).not.toContain('account-2');
    await follower.stop();
  });
});
