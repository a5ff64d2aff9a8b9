import { EventsHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  DurableHandler,
  Projection,
  recordOf,
  type RecordedEvent,
} from '../../../src/event-sourcing/index.js';
import { StoredHandlers } from '../../../src/event-sourcing/runner/stored-handlers.js';
import { partitionOf } from '../../../src/event-sourcing/subscriptions/partition.js';
import { eventually } from '../../support/eventually.js';
import { append, Deposited, openLog, Withdrawn, write, type AccountEvent } from '../support/bank.js';
import { HandlerProcess } from '../support/handler-process.js';
import { LogDatabase } from '../support/log-database.js';
import { Random } from '../support/random.js';
import { Balance, BalanceProjection, CREATE_BALANCE } from '../support/views.js';

/** Parks what it would take in twice, or not at all. Fails at one account while that is said. */
@EventsHandler(Deposited, Withdrawn)
@Projection({ name: 'balances', view: Balance, partitions: 4 })
class SplitProjection extends BalanceProjection {
  broken: string | undefined;

  override evolve(row: Balance | undefined, recorded: RecordedEvent<AccountEvent>): Balance {
    if (recorded.stream === this.broken) throw new Error('It is broken.');
    return super.evolve(row, recorded);
  }
}

/** What was told, by account, in the order of the calls. */
let heard: Map<string, number[]>;

@EventsHandler(Deposited)
@DurableHandler({ name: 'auditor', startAt: 'beginning', partitions: 3 })
class Auditor {
  async handle(event: Deposited): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const { stream, version } = recordOf(event);
    heard.set(stream, [...(heard.get(stream) ?? []), version]);
  }
}

const ACCOUNTS = Array.from({ length: 12 }, (_, nr) => `account-${nr}`);

let commands: LogDatabase;
let queries: LogDatabase;
let processes: HandlerProcess[];
let dataSources: DataSource[];
let stored: StoredHandlers;
let log: ReturnType<typeof openLog>;

beforeEach(async () => {
  [commands, queries] = await Promise.all([LogDatabase.create(), LogDatabase.create()]);
  await queries.query(CREATE_BALANCE);
  processes = [];
  heard = new Map();
  dataSources = [commands, queries].map(({ url }) => new DataSource({ type: 'postgres', url }));
  const [command, query] = await Promise.all(dataSources.map((one) => one.initialize()));
  if (!command || !query) throw new Error('There are two databases.');
  stored = new StoredHandlers({ command, query });
  log = openLog(commands.url);
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await Promise.all(dataSources.map((one) => one.destroy()));
  await log.close();
  await Promise.all([commands.drop(), queries.drop()]);
});

async function start(projection: object = new SplitProjection()): Promise<HandlerProcess> {
  const process = await HandlerProcess.start({
    commandUrl: commands.url,
    queryUrl: queries.url,
    views: [Balance],
    handlers: [
      [projection, Deposited, Withdrawn],
      [new Auditor(), Deposited],
    ],
    retry: { attempts: 1, firstPauseMs: 20 },
  });
  processes.push(process);
  return process;
}

const versions = new Map<string, number>();
beforeEach(() => {
  versions.clear();
});

async function deposit(accounts: readonly string[], times = 1): Promise<void> {
  await Promise.all(
    accounts.map(async (account) => {
      for (let time = 0; time < times; time += 1) {
        const version = versions.get(account) ?? 0;
        const { status } = await log.append(append([write(account, version)])).result;
        expect(status).toBe('appended');
        versions.set(account, version + 1);
      }
    }),
  );
}

const parked = (): Promise<{ handler: string; key: string }[]> =>
  queries.query('SELECT DISTINCT handler, key FROM parked_event ORDER BY key');

/** Resolves when the view holds every event once, of these accounts. */
async function caughtUp(accounts: readonly string[] = ACCOUNTS): Promise<void> {
  const expected = new Map(accounts.map((account) => [account, versions.get(account) ?? 0]));
  await eventually(
    `the view to show ${JSON.stringify([...expected])}`,
    () => queries.query<Balance>('SELECT * FROM balance'),
    (rows) => {
      const found = new Map(rows.map(({ account, movements }) => [account, movements]));
      return accounts.every((account) => (found.get(account) ?? 0) === expected.get(account));
    },
  );
}

/** How many partitions of a handler each process holds. */
async function spread(handler: string, ...expected: number[]): Promise<void> {
  const running = (process: HandlerProcess): number =>
    process.subscription(handler).partitions.filter(({ state }) => state === 'running').length;
  await eventually(
    `the partitions of "${handler}" to be spread as ${expected.join(', ')}`,
    () => Promise.resolve(processes.map(running)),
    (found) => JSON.stringify(found) === JSON.stringify(expected),
  );
}

/** First deliveries come in order; later ones repeat what was told before. */
async function allHeardInOrder(): Promise<void> {
  await eventually(
    'every event to be heard',
    () => Promise.resolve(heard),
    (all) => ACCOUNTS.every((one) => new Set(all.get(one)).size === (versions.get(one) ?? 0)),
  );
  for (const [, told] of heard) {
    const first = [...new Set(told)];
    expect(first).toEqual([...first].sort((a, b) => a - b));
  }
}

const partOf = (account: string, count: number): string =>
  `balances/${partitionOf(account, count)}of${count}`;

/** Two accounts in different partitions. */
function twoApart(count: number): [string, string] {
  const [first = ''] = ACCOUNTS;
  const other = ACCOUNTS.find((one) => partitionOf(one, count) !== partitionOf(first, count));
  if (other === undefined) throw new Error('There are accounts in different partitions.');
  return [first, other];
}

describe('a handler that asks for partitions', () => {
  it('is spread over the processes, and takes in every event once', async () => {
    await deposit(ACCOUNTS, 3);
    await start();
    await spread('balances', 4);
    await caughtUp();
    await start();
    await spread('balances', 2, 2);
    await deposit(ACCOUNTS, 3);
    await caughtUp();
    await allHeardInOrder();
    expect(await queries.query('SELECT name FROM checkpoint ORDER BY name')).toEqual(
      ['balances', 'balances/0of4', 'balances/1of4', 'balances/2of4', 'balances/3of4'].map((name) => ({
        name,
      })),
    );
    await processes[0]?.stop();
    processes.shift();
    await spread('balances', 4);
    await deposit(ACCOUNTS);
    await caughtUp();
  });

  it('parks an event in the partition of its key, and goes on with the others', async () => {
    const projection = new SplitProjection();
    const [bad, good] = twoApart(4);
    const same = ACCOUNTS.filter((one) => one !== bad && partitionOf(one, 4) === partitionOf(bad, 4));
    projection.broken = bad;
    await start(projection);
    await deposit(ACCOUNTS, 2);
    await caughtUp([good, ...same]);
    expect(await parked()).toEqual([{ handler: partOf(bad, 4), key: bad }]);
  });
});

describe('the number of partitions', () => {
  it('can change again and again under load, and each event is taken in once, in the order of its key', async () => {
    const random = Random.fromEnvironment();
    await start();
    await start();
    const state = { depositing: true };
    const deposits = (async () => {
      while (state.depositing) await deposit(ACCOUNTS);
    })();
    try {
      for (let change = 0; change < 8; change += 1) {
        const before = versions.get('account-0') ?? 0;
        await stored.partition('balances', 1 + random.below(6));
        await stored.partition('auditor', 1 + random.below(4));
        // Some changes meet partitions that nobody runs yet.
        if (random.happens(0.6))
          await eventually(
            'the view to move on',
            () => queries.query<Balance>(`SELECT movements FROM balance WHERE account = 'account-0'`),
            ([row]) => (row?.movements ?? 0) > before,
          );
      }
    } finally {
      state.depositing = false;
      await deposits;
    }
    await caughtUp();
    await allHeardInOrder();
    expect(await parked()).toEqual([]);
  });

  it('changes while partitions are far apart, and nothing is told twice', async () => {
    const [held, free] = twoApart(4);
    await start();
    await spread('balances', 4);
    await deposit(ACCOUNTS, 2);
    await caughtUp();
    // Nobody can move the checkpoint of this partition.
    const blocker = await queries.connect();
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM checkpoint WHERE name = $1 FOR UPDATE', [partOf(held, 4)]);
    await deposit(ACCOUNTS, 3);
    await caughtUp([free]);
    const changing = stored.partition('balances', 3);
    await blocker.query('COMMIT');
    await changing;
    await deposit(ACCOUNTS, 2);
    await caughtUp();
    expect(await parked()).toEqual([]);
    await eventually(
      'the lists of what was taken to be forgotten',
      () => queries.query('SELECT FROM checkpoint WHERE taken IS NOT NULL'),
      (rows) => rows.length === 0,
    );
  });

  it('moves parked events to the partition of their key, where they are retried', async () => {
    const projection = new SplitProjection();
    const [bad] = twoApart(4);
    projection.broken = bad;
    await start(projection);
    await deposit(ACCOUNTS, 2);
    await caughtUp(ACCOUNTS.filter((one) => one !== bad));
    for (const count of [3, 1, 4]) {
      await stored.partition('balances', count);
      const handler = count === 1 ? 'balances' : partOf(bad, count);
      expect(await parked()).toEqual([{ handler, key: bad }]);
      await deposit(ACCOUNTS);
      await caughtUp(ACCOUNTS.filter((one) => one !== bad));
    }
    projection.broken = undefined;
    await queries.query('UPDATE parked_event SET retry_at = now() WHERE attempts > 0');
    await caughtUp();
    expect(await parked()).toEqual([]);
  });

  it('is the stored one, whatever the code asks for', async () => {
    await start();
    await stored.partition('balances', 2);
    const other = await start();
    await other.logs(
      'Handler "balances" runs in 2 partition(s), as is stored, and its code asks for 4. ' +
        'To change the number, run "npx durable-cqrs partition balances 4".',
    );
    await spread('balances', 1, 1);
    await deposit(ACCOUNTS, 2);
    await caughtUp();
    expect(await parked()).toEqual([]);
  });
});

describe('a rebuild of a split projection', () => {
  it('replaces the view under load, with its parked events in the partitions of their keys', async () => {
    const projection = new SplitProjection();
    const process = await start(projection);
    await start(projection);
    await deposit(ACCOUNTS, 3);
    await caughtUp();
    const [bad] = twoApart(4);
    projection.broken = bad;
    const state = { depositing: true };
    const deposits = (async () => {
      while (state.depositing) await deposit(ACCOUNTS);
    })();
    await process.rebuild('balances');
    state.depositing = false;
    await deposits;
    await caughtUp(ACCOUNTS.filter((one) => one !== bad));
    expect(await parked()).toEqual([{ handler: partOf(bad, 4), key: bad }]);
    projection.broken = undefined;
    await process.rebuild('balances');
    await deposit(ACCOUNTS);
    await caughtUp();
    expect(await parked()).toEqual([]);
  });
});
