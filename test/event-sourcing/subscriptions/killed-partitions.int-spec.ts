import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { EventLog } from '../../../src/event-sourcing/index.js';
import { eventually } from '../../support/eventually.js';
import { append, openLog, write } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';
import { CREATE_BALANCE } from '../support/views.js';

const ACCOUNTS = Array.from({ length: 16 }, (_, nr) => `account-${nr}`);
const ROUNDS = 2;

let database: LogDatabase;
let log: EventLog;
let children: ChildProcess[];
beforeEach(async () => {
  database = await LogDatabase.create();
  await database.query(CREATE_BALANCE);
  log = openLog(database.url);
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  await log.close();
  await database.drop();
});

async function start(): Promise<ChildProcess> {
  const child = fork('test/event-sourcing/subscriptions/partitions.child.ts', {
    execArgv: ['--import', '@swc-node/register/esm-register'],
    env: { ...process.env, DATABASE_URL: database.url },
  });
  children.push(child);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Resolves when processes hold these numbers of partitions. */
async function spread(...expected: number[]): Promise<void> {
  await eventually(
    `the partitions to be spread as ${expected.join(', ')}`,
    () =>
      database.query<{ held: number }>(
        `SELECT count(*)::int AS held FROM checkpoint
          WHERE partition_of = 'balances' AND is_leased(member, leased_until) GROUP BY member ORDER BY 1`,
      ),
    (rows) => JSON.stringify(rows.map(({ held }) => held)) === JSON.stringify(expected),
  );
}

it('goes on in other processes when one is killed under load, and each event is in the view once', async () => {
  await start();
  await start();
  await spread(2, 2);
  const versions = new Map(ACCOUNTS.map((account) => [account, 0]));
  const state = { depositing: true };
  const depositing = ACCOUNTS.map(async (account) => {
    for (let version = 0; state.depositing; version += 1) {
      expect(await log.append(append([write(account, version)])).result).toMatchObject({
        status: 'appended',
      });
      versions.set(account, version + 1);
    }
  });
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [victim] = children.splice(0, 1);
      if (victim) await kill(victim);
      await spread(4);
      await start();
      await spread(2, 2);
    }
  } finally {
    state.depositing = false;
    await Promise.all(depositing);
  }
  const expected = [...versions].map(([account, movements]) => ({ account, movements }));
  await eventually(
    'the view to show the log',
    () => database.query<{ account: string; movements: number }>('SELECT account, movements FROM balance'),
    (rows) => {
      const found = new Map(rows.map((row) => [row.account, row.movements]));
      return expected.every(({ account, movements }) => found.get(account) === movements);
    },
  );
  expect(await database.query('SELECT FROM parked_event')).toEqual([]);
}, 180_000);
