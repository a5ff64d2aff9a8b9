import { DataSource, type QueryRunner } from 'typeorm';
import { newId } from '../../../src/event-sourcing/index.js';
import { SplitSubscriptions1767139200080 } from '../../../src/event-sourcing/migrations/1767139200080-split-subscriptions.js';
import { SubscriptionStatuses } from '../../../src/event-sourcing/runner/subscription-statuses.js';
import { StoredHandlers } from '../../../src/event-sourcing/runner/stored-handlers.js';
import { Checkpoints } from '../../../src/event-sourcing/subscriptions/checkpoints.js';
import { BEGINNING } from '../../../src/event-sourcing/subscriptions/held-checkpoint.js';
import { LogDatabase } from '../support/log-database.js';
import { CREATE_BALANCE } from '../support/views.js';

let database: LogDatabase;
let dataSource: DataSource;
let checkpoints: Checkpoints;
let stored: StoredHandlers;

beforeEach(async () => {
  database = await LogDatabase.create();
  await database.query(CREATE_BALANCE);
  await database.query(
    'INSERT INTO event_log_identity (id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING',
  );
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  checkpoints = new Checkpoints(dataSource);
  stored = new StoredHandlers({ command: dataSource, query: dataSource });
  const projection = { name: 'balances', kind: 'projection', views: ['balance'], partitions: 3 } as const;
  await checkpoints.create([projection, { name: 'reminder', kind: 'saga' }], newId(), BEGINNING, 40);
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

const rows = (): Promise<object[]> =>
  database.query(
    `SELECT name, position::int, partitions, has_old_rows, taken, fill_until::int FROM checkpoint
      WHERE name LIKE 'balance%' OR name LIKE 'sums%' ORDER BY name`,
  );
const row = (name: string, more: object = {}): object => ({
  ...{ name, position: 0, partitions: 1, has_old_rows: false, taken: null, fill_until: 40 },
  ...more,
});
const moveTo = (name: string, position: number): Promise<object[]> =>
  database.query('UPDATE checkpoint SET position = $2 WHERE name = $1', [name, position]);

/** What a process of a release without partitions does to run a handler. */
const acquireAsBefore = (name: string): Promise<object[]> =>
  database.query(
    `UPDATE checkpoint SET epoch = epoch + 1, holder = gen_random_uuid(), member = gen_random_uuid(),
            leased_until = now() + interval '1 minute'
      WHERE name = $1 AND is_leased(member, leased_until) IS NOT TRUE AND NOT has_old_rows RETURNING name`,
    [name],
  );

it('creates a handler with the partitions that its code asks for, and never again', async () => {
  const expected = [
    row('balances', { partitions: 3, has_old_rows: true }),
    ...[0, 1, 2].map((index) => row(`balances/${index}of3`)),
  ];
  expect(await rows()).toEqual(expected);
  await checkpoints.create([{ name: 'balances', kind: 'projection', partitions: 5 }], newId(), BEGINNING);
  expect(await rows()).toEqual(expected);
  expect(await checkpoints.counts(['balances', 'reminder'])).toEqual(
    new Map([
      ['balances', 3],
      ['reminder', 1],
    ]),
  );
});

it('begins new partitions at the lowest position, with what the others have taken, until they have passed it', async () => {
  await moveTo('balances/0of3', 10);
  await moveTo('balances/1of3', 30);
  await moveTo('balances/2of3', 20);
  expect(await stored.partition('balances', 1)).toBe(3);
  expect(await rows()).toEqual([
    row('balances', { position: 10, has_old_rows: true, taken: [[10, 30, 20]] }),
  ]);
  // Releases without partitions would take those events in again.
  expect(await acquireAsBefore('balances')).toEqual([]);
  const terms = { memberId: newId(), leaseMs: 60_000 };
  const held = await checkpoints.acquire('balances', newId(), terms);
  if (!held) throw new Error('Nobody else holds it.');
  expect(held.taken).toEqual([[10, 30, 20]]);
  const passed = await checkpoints.move(held, { position: 30, eventId: newId() });
  expect(await checkpoints.forgetTaken(passed)).toMatchObject({ taken: undefined });
  expect(await rows()).toEqual([row('balances', { position: 30 })]);
  await database.query('UPDATE checkpoint SET leased_until = NULL');
  expect(await database.query('SELECT FROM checkpoint WHERE has_old_rows')).toEqual([]);
});

it('keeps releases without partitions from a split handler, and from clearing or rebuilding its view', async () => {
  await database.query('UPDATE checkpoint SET leased_until = NULL');
  expect(
    await database.query(
      `SELECT FROM checkpoint WHERE name = 'balances' AND is_leased(member, leased_until) IS NOT TRUE AND NOT has_old_rows`,
    ),
  ).toEqual([]);
  await expect(
    database.query(`UPDATE checkpoint SET position = 0, has_old_rows = false WHERE name = 'balances'`),
  ).rejects.toThrow('checkpoint_split');
});

it('is not changed while a process without partitions has the handler', async () => {
  const id = newId();
  await database.query(
    `INSERT INTO lease_member (id, alive_until, handlers) VALUES ($1, now() + interval '1 minute', '{"balances": "running"}')`,
    [id],
  );
  const session = await database.connect();
  await session.query(`SELECT pg_advisory_lock_shared(hashtextextended('member ' || $1, 0))`, [id]);
  await expect(stored.partition('balances', 2)).rejects.toThrow(
    'A running process of an older release has "balances" and does not know partitions. Finish the deployment first.',
  );
  await session.query('SELECT pg_advisory_unlock_all()');
  expect(await stored.partition('balances', 2)).toBe(3);
});

it.each([
  ['reminder', 2, '"reminder" is a saga. Sagas cannot be split.'],
  ['balances', 0, '"balances" can have 1 to 64 partitions, not 0.'],
  ['balances', 65, '"balances" can have 1 to 64 partitions, not 65.'],
  ['nobody', 2, 'There is no checkpoint of "nobody".'],
  ['balances/0of3', 2, 'There is no checkpoint of "balances/0of3".'],
])('refuses to split %s into %d partitions', async (name, count, message) => {
  const before = await rows();
  await expect(stored.partition(name, count)).rejects.toThrow(message);
  expect(await rows()).toEqual(before);
});

it('refuses to split a projection whose view has old rows', async () => {
  await database.query(`INSERT INTO balance VALUES ('account-1', 1, 1)`);
  await checkpoints.create([{ name: 'sums', kind: 'projection', views: ['balance'] }], newId(), BEGINNING);
  await expect(stored.partition('sums', 2)).rejects.toThrow(
    'The view of "sums" has old rows. Clear it first.',
  );
});

it('renames, clears and removes a handler with all its partitions', async () => {
  await moveTo('balances/1of3', 50);
  await database.query(
    `INSERT INTO parked_event (handler, key, position, event_id, stream, type, attempts)
     VALUES ('balances/1of3', 'account-1', 5, gen_random_uuid(), 'account-1', 'account.deposited', 1)`,
  );
  await stored.rename('balances', 'sums');
  expect(await database.query('SELECT handler FROM parked_event')).toEqual([{ handler: 'sums/1of3' }]);
  expect(await rows()).toEqual([
    row('sums', { partitions: 3, has_old_rows: true }),
    row('sums/0of3'),
    row('sums/1of3', { position: 50 }),
    row('sums/2of3'),
  ]);
  await database.query(`INSERT INTO balance VALUES ('account-1', 1, 1)`);
  expect(await stored.clear('sums')).toBe(1);
  expect(await database.query('SELECT FROM parked_event')).toEqual([]);
  const cleared = { fill_until: 50 };
  expect(await rows()).toEqual([
    row('sums', { partitions: 3, has_old_rows: true, ...cleared }),
    ...[0, 1, 2].map((index) => row(`sums/${index}of3`, cleared)),
  ]);
  await stored.drop('sums');
  expect(await rows()).toEqual([]);
});

it('has one status for all partitions, and one for each', async () => {
  await moveTo('balances/0of3', 10);
  await moveTo('balances/1of3', 30);
  const pair = { command: dataSource, query: dataSource };
  const status = (await new SubscriptionStatuses(pair).read()).find(({ name }) => name === 'balances');
  expect(status).toMatchObject({
    ...{ kind: 'projection', position: 0, state: 'unattended', parked: 0 },
    partitions: [10, 30, 0].map((position) => ({ position, state: 'waiting' })),
  });
});

it('keeps its migration from being reverted while a handler is split', async () => {
  const runner: QueryRunner = dataSource.createQueryRunner();
  const migration = new SplitSubscriptions1767139200080();
  await expect(migration.down(runner)).rejects.toThrow('"balances" is split into partitions.');
  await stored.partition('balances', 1);
  await migration.down(runner);
  await migration.up(runner);
  await runner.release();
});
