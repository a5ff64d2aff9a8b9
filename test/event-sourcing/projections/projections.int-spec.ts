import { EventsHandler } from '@nestjs/cqrs';
import { LogMismatchError } from '../../../src/event-sourcing/log/log-identity.js';
import { Projection } from '../../../src/event-sourcing/projections/projection.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, PriceSet, Withdrawn, write } from '../support/bank.js';
import { HandlerProcess, takeOver } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';
import { LossyProxy } from '../support/lossy-proxy.js';
import { Random } from '../support/random.js';
import { Balance, BalanceProjection, CREATE_BALANCE } from '../support/views.js';

let commands: LogDatabase;
let queries: LogDatabase;
let processes: HandlerProcess[];
beforeEach(async () => {
  [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await queries.query(CREATE_BALANCE);
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await Promise.all([commands.drop(), queries.drop()]);
});

async function start(queryUrl = queries.url, ...more: [object, typeof Deposited][]): Promise<HandlerProcess> {
  const process = await HandlerProcess.start({
    commandUrl: commands.url,
    queryUrl,
    views: [Balance],
    handlers: [[new BalanceProjection(), Deposited, Withdrawn], ...more],
  });
  processes.push(process);
  return process;
}

async function deposit(accounts: number, times: number): Promise<void> {
  const log = openLog(commands.url);
  await Promise.all(
    Array.from({ length: accounts }, async (_, index) => {
      const stream = `account-${index}`;
      const version = await log.streamVersion(stream);
      for (let time = 0; time < times; time += 1) {
        expect(await log.append(append([write(stream, version + time)])).result).toMatchObject({
          status: 'appended',
        });
      }
    }),
  );
  await log.close();
}

/** Resolves when the view shows what the log says. */
async function caughtUp(): Promise<void> {
  const expected = await commands.query(
    `SELECT stream AS account, sum((data->>'amount')::int)::int AS amount, count(*)::int AS movements
       FROM event_log WHERE type LIKE 'account.%' GROUP BY stream ORDER BY stream COLLATE "C"`,
  );
  await eventually(
    `the view to show ${JSON.stringify(expected)}`,
    () => queries.query('SELECT account, amount, movements FROM balance ORDER BY account COLLATE "C"'),
    (rows) => JSON.stringify(rows) === JSON.stringify(expected),
  );
}

describe('a projection', () => {
  it('begins at the first event, in batches, and goes on as events come', async () => {
    await deposit(3, 40);
    const process = await start();
    let notified = 0;
    const moved = process.watch.until(() => Promise.resolve((notified += 1) > 1 ? true : undefined), 5_000);
    await caughtUp();
    await deposit(3, 5);
    await caughtUp();
    expect(await moved).toBe(true);
    const [checkpoint] = await queries.query(
      'SELECT position::int, event_id, epoch FROM checkpoint WHERE name = $1',
      ['balances'],
    );
    const last = (await commands.rows()).at(-1);
    expect(checkpoint).toEqual({ position: last?.position, event_id: last?.id, epoch: 1 });
  });

  it('goes on where it left off', async () => {
    const first = await start();
    await deposit(2, 10);
    await caughtUp();
    await first.stop();
    processes = [];
    await deposit(2, 10);
    await start();
    await caughtUp();
  });

  it('processes every event once while connections to all databases are killed again and again', async () => {
    const process = await start();
    const random = Random.fromEnvironment();
    const state = { depositing: true };
    const deposits = (async () => {
      while (state.depositing) await deposit(4, 10);
    })();
    try {
      for (let killed = 0; killed < 10;) {
        const [database, name] = random.pick([
          [queries, 'query'],
          [commands, 'event-log read'],
          [commands, 'event-log follow'],
        ] as const);
        killed += await database.kill(name);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    } finally {
      state.depositing = false;
      await deposits;
    }
    await caughtUp();
    await process.becomes('balances', 'running');
  });

  it('processes every event once when the answer to a write is lost', async () => {
    const proxy = await LossyProxy.before(queries.url);
    const process = await start(proxy.url);
    await deposit(1, 1);
    await caughtUp();
    for (let round = 0; round < 3; round += 1) {
      const swallowed = proxy.swallowAnswerTo('move checkpoint');
      await deposit(1, 2);
      await swallowed;
      await caughtUp();
    }
    await process.becomes('balances', 'running');
    await process.stop();
    processes = [];
    await proxy.close();
  });

  it('processes again the events whose rows a crash of its database lost', async () => {
    await start();
    await deposit(2, 5);
    await caughtUp();
    const before = await queries.query('SELECT * FROM balance');
    const [checkpoint] = await queries.query('SELECT position, event_id FROM checkpoint');
    await deposit(2, 5);
    await caughtUp();
    // Views are not flushed: after a crash their rows and their checkpoint are what they were a moment ago.
    await queries.query(
      `WITH b AS (UPDATE balance SET amount = old.amount, movements = old.movements
                    FROM json_populate_recordset(NULL::balance, $1) AS old WHERE old.account = balance.account)
       UPDATE checkpoint SET position = $2, event_id = $3`,
      [JSON.stringify(before), checkpoint?.['position'], checkpoint?.['event_id']],
    );
    // One of them is not even concerned by what comes next.
    await deposit(1, 1);
    await caughtUp();
  });

  it('is fenced off when another process takes over, and takes over again when that process is gone', async () => {
    const process = await start();
    await deposit(2, 3);
    await caughtUp();
    await takeOver(queries, 1_000);
    await deposit(2, 3);
    await process.logs('"balances" goes on in another process');
    await caughtUp();
  });

  it('processes every event once while processes take it from each other', async () => {
    const random = Random.fromEnvironment();
    const state = { done: false };
    const fighting = (async () => {
      while (!state.done) {
        await start();
        await new Promise((resolve) => setTimeout(resolve, random.below(60)));
        if (processes.length > 3) await processes.shift()?.stop();
      }
    })();
    await deposit(4, 80);
    state.done = true;
    await fighting;
    await caughtUp();
  });

  it('ends with a clear error if its checkpoint belongs to another log, or to another time of the log', async () => {
    const first = await start();
    await deposit(1, 3);
    await caughtUp();
    await first.stop();
    processes = [];
    const check = async (change: string): Promise<void> => {
      await queries.query(change);
      const process = await start();
      await process.becomes('balances', 'stopped');
      expect(process.logged.join()).toContain(LogMismatchError.name);
    };
    await check('UPDATE checkpoint SET event_id = gen_random_uuid()');
    await check('UPDATE checkpoint SET position = position + 1');
    await check('UPDATE checkpoint SET log_id = gen_random_uuid()');
  });

  it('can be stopped while the beginning of the log is not settled yet', async () => {
    const writer = await commands.connect();
    await writer.query('BEGIN');
    await writer.query('LOCK TABLE event_log IN ROW EXCLUSIVE MODE');
    const process = await start();
    await process.stop();
    processes = [];
    await writer.query('ROLLBACK');
  });

  it('moves its checkpoint past events that do not concern it, at the latest when it stops', async () => {
    const process = await start();
    await deposit(1, 1);
    await caughtUp();
    const log = openLog(commands.url);
    await log.append(append([write('product-1', 0, [new PriceSet({ price: 1 })])])).result;
    await log.close();
    await eventually(
      'it to read on',
      () => Promise.resolve(process.subscription('balances').position),
      (at) => at === 2,
    );
    await process.stop();
    processes = [];
    expect(await queries.query('SELECT position::int FROM checkpoint')).toEqual([{ position: 2 }]);
  });
});

describe('a projection that fails', () => {
  it('holds up the row of a failed event, retries it with growing pauses, and goes on with all other rows', async () => {
    const state = { mended: false, attempts: 0 };
    @EventsHandler(Deposited)
    @Projection({ name: 'balances', view: Balance })
    class Failing extends BalanceProjection {
      override evolve(...[row, recorded]: Parameters<BalanceProjection['evolve']>): Balance {
        if (recorded.stream === 'account-1') {
          state.attempts += 1;
          if (!state.mended) throw new Error('not yet');
        }
        return super.evolve(row, recorded);
      }
    }
    const process = await HandlerProcess.start({
      commandUrl: commands.url,
      queryUrl: queries.url,
      views: [Balance],
      handlers: [[new Failing(), Deposited]],
      retry: { attempts: 50, firstPauseMs: 100 },
    });
    processes.push(process);
    await deposit(3, 5);
    await eventually(
      'the others to go on',
      () => queries.query('SELECT account FROM balance WHERE movements = 5 ORDER BY account'),
      (rows) => JSON.stringify(rows.map((row) => String(row['account']))) === '["account-0","account-2"]',
    );
    await eventually(
      'some attempts',
      () => Promise.resolve(state.attempts),
      (count) => count > 2,
    );
    state.mended = true;
    await caughtUp();
    expect(await queries.query('SELECT FROM parked_event')).toEqual([]);
  });

  it('parks the row after the last attempt, and keeps the order of later events', async () => {
    const state = { mended: false };
    @EventsHandler(Deposited)
    @Projection({ name: 'balances', view: Balance })
    class Failing extends BalanceProjection {
      override evolve(...[row, recorded]: Parameters<BalanceProjection['evolve']>): Balance {
        if (recorded.stream === 'account-0' && !state.mended) throw new Error('never');
        return super.evolve(row, recorded);
      }
    }
    const process = await HandlerProcess.start({
      commandUrl: commands.url,
      queryUrl: queries.url,
      views: [Balance],
      handlers: [[new Failing(), Deposited]],
    });
    processes.push(process);
    await deposit(2, 3);
    const parked = await eventually(
      'the event to be parked',
      () => queries.query('SELECT attempts, retry_at, error FROM parked_event ORDER BY position'),
      ([first, ...others]) => first?.['retry_at'] === null && others.length === 2,
    );
    expect(parked.map(({ attempts }) => Number(attempts))).toEqual([3, 0, 0]);
    expect(parked[0]?.['error']).toContain('never');
    state.mended = true;
    await queries.query('UPDATE parked_event SET retry_at = now() WHERE attempts > 0');
    await caughtUp();
  });

  it('processes the events before one whose data the database refuses, and parks only that one', async () => {
    const state = { mended: false };
    @EventsHandler(Deposited)
    @Projection({ name: 'balances', view: Balance })
    class Failing extends BalanceProjection {
      override evolve(...[row, recorded]: Parameters<BalanceProjection['evolve']>): Balance {
        if (!state.mended) throw new Error('not yet');
        const next = super.evolve(row, recorded);
        return recorded.version === 2
          ? { account: next.account, amount: 2 ** 31, movements: next.movements }
          : next;
      }
    }
    const process = await HandlerProcess.start({
      commandUrl: commands.url,
      queryUrl: queries.url,
      views: [Balance],
      handlers: [[new Failing(), Deposited]],
    });
    processes.push(process);
    await deposit(1, 3);
    const parked = () => queries.query('SELECT position::int, retry_at FROM parked_event ORDER BY position');
    await eventually('all to wait', parked, (rows) => rows.length === 3 && rows[0]?.['retry_at'] === null);
    state.mended = true;
    await queries.query('UPDATE parked_event SET retry_at = now() WHERE attempts > 0');
    await eventually('the second to be parked', parked, (rows) => {
      return rows.map((row) => String(row['position'])).join() === '2,3' && rows[0]?.['retry_at'] === null;
    });
    expect(await queries.query('SELECT movements FROM balance')).toEqual([{ movements: 1 }]);
  });
});
