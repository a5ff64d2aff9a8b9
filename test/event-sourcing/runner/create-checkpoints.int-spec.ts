import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SettledLog } from '../../../src/event-sourcing/log/settled/settled-log.js';
import { createCheckpoints } from '../../../src/event-sourcing/runner/create-checkpoints.js';
import { Checkpoints } from '../../../src/event-sourcing/subscriptions/checkpoints.js';
import { eventually } from '../../support/eventually.js';
import { append, openLog, write } from '../support/bank.js';
import { LogDatabase } from '../support/log-database.js';

const HANDLER = { name: 'mailer', kind: 'handler', events: 'all', startAt: 'head' } as const;

let database: LogDatabase;
let dataSource: DataSource;

beforeEach(async () => {
  database = await LogDatabase.create();
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

const checkpoint = async (): Promise<number | undefined> =>
  (await database.query<{ position: number }>('SELECT position::float8 FROM checkpoint'))[0]?.position;

/** Appends an event in a transaction that stays open. @returns the function that commits it */
async function appendSlowly(): Promise<() => Promise<unknown>> {
  const writer = await database.connect();
  await writer.query('BEGIN');
  await writer.query(
    `SELECT append_event('account-slow', 1, gen_random_uuid(), 'account.deposited', 1, '{"amount": 1}', '{}', now(), '{}', '{}')`,
  );
  return () => writer.query('COMMIT');
}

it('starts a new handler at the head only when no event before the head can still appear', async () => {
  const commit = await appendSlowly();
  const log = openLog(database.url);
  await log.append(append([write('account-fast', 0)])).result;
  const settled = new SettledLog(log, { onConnectionError: () => undefined, onFatal: () => undefined });
  let isWaiting = false;
  const reached = settled.reached.bind(settled);
  settled.reached = (...parameters) => {
    isWaiting = true;
    return reached(...parameters);
  };
  await settled.start();

  const state = { isStarted: false };
  const starting = createCheckpoints(
    new Checkpoints(dataSource),
    [HANDLER],
    settled,
    new Logger(),
    'cli',
  ).then(() => {
    state.isStarted = true;
  });
  await eventually(
    'the start to be over or to wait',
    () => Promise.resolve(state.isStarted || isWaiting),
    (isThere) => isThere,
  );
  const wasStarted = state.isStarted;
  await commit();
  await starting;
  const [slow, fast] = await database.rows();
  expect([slow?.stream, fast?.stream]).toEqual(['account-slow', 'account-fast']);
  // An event that is stored after the start must be after the checkpoint.
  expect(wasStarted && Number(await checkpoint()) >= Number(slow?.position)).toBe(false);
  expect(await checkpoint()).toBe(fast?.position);
  await settled.stop();
  await log.close();
});

it('does not wait for an open transaction if the handler has a checkpoint', async () => {
  const log = openLog(database.url);
  const settled = new SettledLog(log, { onConnectionError: () => undefined, onFatal: () => undefined });
  await settled.start();
  const create = () =>
    createCheckpoints(new Checkpoints(dataSource), [HANDLER], settled, new Logger(), 'cli');
  await create();
  const commit = await appendSlowly();
  await log.append(append([write('account-fast', 0)])).result;
  await create();
  expect(await checkpoint()).toBe(0);
  await commit();
  await settled.stop();
  await log.close();
});

it('gives up after a limit, and tells which transaction it has waited for', async () => {
  const commit = await appendSlowly();
  const log = openLog(database.url);
  await log.append(append([write('account-fast', 0)])).result;
  const settled = new SettledLog(log, { onConnectionError: () => undefined, onFatal: () => undefined });
  await settled.start();
  const [writer] = await database.query<{ id: string }>(
    `SELECT DISTINCT virtualtransaction AS id FROM pg_locks
      WHERE relation = 'event_log'::regclass AND mode = 'RowExclusiveLock'`,
  );
  const limitMs = 300;
  await expect(
    createCheckpoints(new Checkpoints(dataSource), [HANDLER], settled, new Logger(), 'cli', limitMs),
  ).rejects.toThrow(`waits for the open transaction ${String(writer?.id)} `);
  expect(await checkpoint()).toBeUndefined();
  await commit();
  await settled.stop();
  await log.close();
});
