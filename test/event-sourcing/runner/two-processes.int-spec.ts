import { eventually } from '../../support/eventually.js';
import type { EventLog } from '../../../src/event-sourcing/log/event-log.js';
import { append, Deposited, openLog, PriceSet, write } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { Random } from '../support/random.js';
import { companion, waitingForLock } from '../support/ways.js';

let database: LogDatabase;
let processes: [EventLog, EventLog];
beforeEach(async () => {
  database = await LogDatabase.create();
  processes = [openLog(database.url), openLog(database.url)];
});
afterEach(async () => {
  await Promise.all(processes.map((log) => log.close()));
  await database.drop();
});

/**
 * Counted by PostgreSQL, which would have resolved them at the price of a second each. Connections tell it when they
 * end.
 */
async function deadlocks(): Promise<number> {
  await database.kill('event-log append');
  await eventually(
    'the connections to end',
    () =>
      database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'event-log append'`,
      ),
    (left) => left.length === 0,
  );
  const [row] = await database.query<{ deadlocks: number }>(
    'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
  );
  return row?.deadlocks ?? -1;
}

describe('two processes on the same streams', () => {
  it('lose no update and never deadlock, although they use the streams in opposite orders', async () => {
    const random = Random.fromEnvironment();
    const streams = Array.from({ length: 6 }, (_, index) => `account-${index}`);
    const acknowledged: string[] = [];
    let conflicts = 0;
    const worker = async (log: EventLog, reversed: boolean): Promise<void> => {
      for (let round = 0; round < 60;) {
        const chosen = random.sample(streams, 1 + random.below(3)).sort();
        if (reversed) chosen.reverse();
        const versions = await Promise.all(chosen.map((stream) => log.streamVersion(stream)));
        const [read, ...written] = chosen.map((stream, index) => ({ stream, version: versions[index] ?? 0 }));
        if (!read) throw new Error('one stream at least is chosen');
        // The first one is only read where there are others.
        const writes = (written.length > 0 ? written : [read]).map(({ stream, version }) =>
          write(stream, version, 1 + random.below(2)),
        );
        const { status } = await log.append(append(writes, written.length > 0 ? [read] : [])).result;
        if (status === 'appended') {
          acknowledged.push(...writes.flatMap(({ events }) => events.map(({ id }) => id)));
          round += 1;
        } else conflicts += 1;
      }
    };
    await Promise.all(
      processes.flatMap((log, index) => Array.from({ length: 4 }, () => worker(log, index === 0))),
    );
    expect(conflicts).toBeGreaterThan(0);
    expect(await deadlocks()).toBe(0);
    const rows = await database.rows();
    expect(rows.map(({ id }) => id).sort()).toEqual(acknowledged.sort());
    for (const stream of streams) {
      const versions = rows.filter((row) => row.stream === stream).map(({ version }) => version);
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
  });

  it('never store a purchase at an outdated price', async () => {
    const [shop, tills] = processes;
    const random = Random.fromEnvironment();
    let price = 0;
    const done = { shop: false };
    const bought: number[] = [];
    const changing = (async () => {
      for (; bought.length < 60; price += 1) {
        const change = append([write('product-7', price, [new PriceSet({ price })])]);
        expect(await shop.append(change).result).toMatchObject({ status: 'appended' });
        await new Promise((resolve) => setTimeout(resolve, random.below(4)));
      }
      done.shop = true;
    })();
    const buying = Array.from({ length: 4 }, async (_, till) => {
      for (let version = 0; !done.shop;) {
        const acknowledgedBefore = price;
        const seen = await tills.streamVersion('product-7');
        const purchase = write(`account-${till}`, version, [new Deposited({ amount: seen })]);
        const { status } = await tills.append(append([purchase], [{ stream: 'product-7', version: seen }]))
          .result;
        if (status !== 'appended') continue;
        // An acknowledged change of the price is seen by every later purchase.
        expect(seen).toBeGreaterThanOrEqual(acknowledgedBefore);
        version += 1;
        bought.push(seen);
      }
    });
    await Promise.all([changing, ...buying]);
    expect(price).toBeGreaterThan(5);
    const log = await tills.readRange(0, Number.MAX_SAFE_INTEGER, 10_000);
    let current = 0;
    for (const { event } of log) {
      if (event instanceof PriceSet) current += 1;
      else if (event instanceof Deposited) expect(event.amount).toBe(current);
    }
  });
});

describe('somebody who writes past the append function', () => {
  const insert = `INSERT INTO event_log
    VALUES (nextval('event_position'), 'account-1', 1, gen_random_uuid(), 'account.deposited', 1, '{"amount":1}', '{}', now())`;

  it.each([
    ['alone', false],
    ['with others in a batch', true],
  ])('makes an append %s a conflict when it commits', async (_, inCompany) => {
    const [log] = processes;
    const foreign = await database.connect();
    await foreign.query('BEGIN');
    await foreign.query(insert);
    const mate = inCompany ? log.append(companion()) : undefined;
    const ours = log.append(append([write('account-1', 0)]));
    await waitingForLock(database, 'transactionid');
    await foreign.query('COMMIT');
    expect(await ours.result).toEqual({ status: 'conflict' });
    if (mate) expect(await mate.result).toMatchObject({ status: 'appended' });
  });

  it('leaves an append alone when it rolls back', async () => {
    const [log] = processes;
    const foreign = await database.connect();
    await foreign.query('BEGIN');
    await foreign.query(insert);
    const ours = log.append(append([write('account-1', 0)]));
    await waitingForLock(database, 'transactionid');
    await foreign.query('ROLLBACK');
    expect(await ours.result).toMatchObject({ status: 'appended' });
  });

  it('does not make the faults of a broken sequence look like a conflict', async () => {
    const [log] = processes;
    await log.append(append([write('account-1', 0, 3)])).result;
    await database.query(`SELECT setval('event_position', 1)`);
    await expect(log.append(append([write('account-1', 3)])).result).rejects.toMatchObject({
      constraint: 'event_log_pkey',
    });
  });
});

describe('a log that is closed', () => {
  it('stores the appends under way first', async () => {
    const log = openLog(database.url);
    const pending = Array.from({ length: 300 }, () => log.append(companion()));
    expect(log.waiting).toBe(300);
    await log.close();
    expect(log.waiting).toBe(0);
    const results = await Promise.all(pending.map(({ result }) => result));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['appended']));
    await expect(log.append(companion()).result).rejects.toThrow();
  });
});
