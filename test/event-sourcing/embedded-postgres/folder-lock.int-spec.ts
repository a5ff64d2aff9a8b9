import { Client } from 'pg';
import { FolderLock } from '../../../src/event-sourcing/embedded-postgres/folder-lock.js';
import { createDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { until } from './service-process.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase('folder_lock');
});

afterEach(async () => {
  await database.drop();
});

async function session(): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function take(
  client: Client,
  log: (line: string) => void = () => undefined,
): Promise<FolderLock | undefined> {
  return FolderLock.take(client, session, log);
}

/** Process ids of the sessions that hold the lock. */
async function holders(): Promise<number[]> {
  const observer = await session();
  const { rows } = await observer.query<{ pid: number }>(
    `SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
     WHERE locktype = 'advisory' AND granted AND datname = current_database()`,
  );
  await observer.end();
  return rows.map((row) => row.pid);
}

async function cutOff(pid: number | undefined): Promise<void> {
  const other = await session();
  await other.query('SELECT pg_terminate_backend($1)', [pid]);
  await other.end();
}

const nothing = (): Promise<void> => Promise.resolve();

describe('the lock on dataDir', () => {
  it('has one holder at a time; the next one gets it when the server of the first has stopped', async () => {
    const [first, second] = await Promise.all([session(), session()]);
    const lock = await take(first);
    expect(await take(second)).toBeUndefined();
    const waiting = take(second);
    await lock?.releaseWith(nothing);
    const next = await waiting;
    expect(next).toBeDefined();
    await next?.releaseWith(nothing);
  });

  it('is held until the server has stopped', async () => {
    const lock = await take(await session());
    const atTheStop: number[] = [];
    await lock?.releaseWith(async () => {
      atTheStop.push(...(await holders()));
    });
    expect(atTheStop).toHaveLength(1);
    await until(async () => (await holders()).length === 0);
  });

  it('is taken again when its session is lost, and counts as broken from then on', async () => {
    const lines: string[] = [];
    const lock = await take(await session(), (line) => lines.push(line));
    expect(lock?.isUnbroken).toBe(true);
    const [lost] = await holders();
    await cutOff(lost);
    await until(() => lock?.isUnbroken === false);
    await until(async () => (await holders()).some((pid) => pid !== lost));
    expect(lock?.isUnbroken).toBe(false);
    expect(lines).toEqual([
      'the embedded PostgreSQL closed the session that holds the lock on dataDir: taking the lock again',
    ]);
    await lock?.releaseWith(nothing);
    await until(async () => (await holders()).length === 0);
  });

  it('is given up with a line in the log when another process took it in between', async () => {
    const [first, thief] = await Promise.all([session(), session()]);
    const lines: string[] = [];
    let stolen: FolderLock | undefined;
    const stealAndReconnect = async (): Promise<Client> => {
      stolen = await take(thief);
      return session();
    };
    const lock = await FolderLock.take(first, stealAndReconnect, (line) => lines.push(line));
    const [lost] = await holders();
    await cutOff(lost);
    await until(() =>
      lines.includes('another process took the lock on dataDir in between: stop one of the two'),
    );
    expect(lock?.isUnbroken).toBe(false);
    await lock?.releaseWith(nothing);
    await stolen?.releaseWith(nothing);
  });
});
