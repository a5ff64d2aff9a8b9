import { LogUnavailableError } from '../../../src/event-sourcing/log/append/append.js';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { append, openLog, write } from '../support/bank.js';
import { Follower } from '../support/follower.js';
import { LogDatabase } from '../support/log-database.js';
import { LossyProxy } from '../support/lossy-proxy.js';
import { companion } from '../support/ways.js';

const APPENDED = { status: 'appended' };

let database: LogDatabase;
let proxy: LossyProxy;
let log: EventLog;
beforeEach(async () => {
  database = await LogDatabase.create();
  proxy = await LossyProxy.before(database.url);
  log = openLog(proxy.url);
});
afterEach(async () => {
  await log.close();
  await proxy.close();
  await database.drop();
});

async function swallow(): Promise<void> {
  // The statement of a connection's first call carries the name, and so does every later one.
  return proxy.swallowAnswerTo('append_');
}

describe('an append whose answer was lost', () => {
  it('is stored once and acknowledged', async () => {
    const swallowed = swallow();
    const { result } = log.append(append([write('account-1', 0, 2)]));
    await swallowed;
    expect(await result).toMatchObject(APPENDED);
    expect((await database.rows()).map(({ version }) => version)).toEqual([1, 2]);
  });

  it('is acknowledged though its streams have moved on before it was sent again', async () => {
    await log.append(append([write('product-7', 0)])).result;
    await proxy.cut();
    await proxy.mend();
    const swallowed = swallow();
    const { result } = log.append(append([write('account-1', 0)], [{ stream: 'product-7', version: 1 }]));
    await swallowed;
    await database.query(
      `SELECT append_event('product-7', 2, gen_random_uuid(), 'product.price-set', 1, '{}', '{}', now(), '{}', '{}')`,
    );
    expect(await result).toMatchObject(APPENDED);
    expect((await database.rows()).filter(({ stream }) => stream === 'account-1')).toHaveLength(1);
  });

  it('keeps the whole batch from being stored twice, chains and refusals included', async () => {
    const swallowed = swallow();
    const first = log.append(append([write('account-1', 0)]));
    const second = log.append(append([write('account-1', 1)]), [first]);
    const question = log.append(append([write('account-1', 2, 0)]), [second]);
    const refused = log.append(append([write('account-2', 5)]));
    const other = log.append(companion());
    await swallowed;
    const outcomes = await Promise.all(
      [first, second, refused, other].map(async ({ result }) => (await result).status),
    );
    expect(outcomes).toEqual(['appended', 'appended', 'conflict', 'appended']);
    // Whether it was true can no longer be told; it is asked again.
    expect(['appended', 'conflict']).toContain((await question.result).status);
    expect(await log.streamVersion('account-1')).toBe(2);
  });

  it('gives a command its own outcome back', async () => {
    const command = { id: '0190a000-0000-7000-8000-000000000001', fingerprint: 'f', outcome: { made: 1 } };
    const swallowed = swallow();
    const { result } = log.append({ ...append([write('account-1', 0)]), command });
    await swallowed;
    expect(await result).toEqual({ status: 'repeated', fingerprint: 'f', outcome: { made: 1 } });
    expect(await database.rows()).toHaveLength(1);
  });
});

describe('a log whose connections are killed again and again', () => {
  it('has every acknowledged event once, and no other event twice', async () => {
    const killed: number[] = [];
    const streams = Array.from({ length: 8 }, (_, index) => `account-${index}`);
    const perStream = 60;
    const acknowledged: string[] = [];
    await Promise.all(
      streams.map(async (stream) => {
        for (let version = 0; version < perStream; version += 1) {
          const what = append([write(stream, version)]);
          expect(await log.append(what).result).toMatchObject(APPENDED);
          acknowledged.push(...what.writes.flatMap(({ events }) => events.map(({ id }) => id)));
          // Without a pause of its own: whoever is in the middle of an append is hit.
          if (version % 4 === 0) killed.push(await database.kill('event-log append', 1));
        }
      }),
    );
    expect(killed.reduce((sum, count) => sum + count)).toBeGreaterThan(20);
    const rows = await database.rows();
    expect(rows.map(({ id }) => id).sort()).toEqual(acknowledged.sort());
    for (const stream of streams) expect(await log.streamVersion(stream)).toBe(perStream);
  });

  it('reads on when a reading connection was killed', async () => {
    await log.append(append([write('account-1', 0, 3)])).result;
    for (let round = 0; round < 20; round += 1) {
      const reads = [log.readStream('account-1'), log.readRange(0, 10, 10), log.streamVersion('account-1')];
      await database.kill('event-log read');
      await expect(Promise.all(reads)).resolves.toBeDefined();
    }
  });
});

describe('a log that is out of reach', () => {
  it('says so when patience has run out, to all of a batch at once', async () => {
    const patienceMs = 300;
    const hasty = openLog(proxy.url, { patienceMs });
    await proxy.cut();
    const begunAt = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => hasty.append(companion()).result),
    );
    expect(performance.now() - begunAt).toBeLessThan(outcomes.length * patienceMs);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: expect.any(LogUnavailableError) as unknown,
      });
    }
    await expect(hasty.readStream('account-1')).rejects.toThrow(LogUnavailableError);
    await hasty.close();
    await proxy.mend();
  });

  it('goes on by itself when it is back', async () => {
    await log.append(companion()).result;
    await proxy.cut();
    const pending = Array.from({ length: 20 }, () => log.append(companion()));
    await proxy.mend();
    expect(await Promise.all(pending.map(({ result }) => result))).toMatchObject(pending.map(() => APPENDED));
    expect(await database.rows()).toHaveLength(21);
  });
});

describe('connections that die without a word', () => {
  it('are given up, and what was asked on them is asked anew', async () => {
    const patient = openLog(proxy.url, { patienceMs: 1_000 });
    await patient.append(companion()).result;
    await patient.readStream('account-1');
    proxy.freeze();
    const pending = Array.from({ length: 5 }, () => patient.append(companion()));
    await expect(patient.readStream('account-1')).resolves.toEqual([]);
    for (const { result } of pending) expect(await result).toMatchObject(APPENDED);
    await patient.close();
  });

  it('do not keep a follower from following', async () => {
    const elsewhere = openLog(database.url);
    const follower = await Follower.started(proxy.url, { patienceMs: 600 });
    await elsewhere.append(companion()).result;
    await follower.reaches(1);
    proxy.freeze();
    await elsewhere.append(companion()).result;
    await follower.reaches(2);
    await follower.stop();
    await elsewhere.close();
  });
});
