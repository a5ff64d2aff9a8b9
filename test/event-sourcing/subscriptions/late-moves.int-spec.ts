import { DataSource } from 'typeorm';
import { newId } from '../../../src/event-sourcing/index.js';
import { Checkpoints } from '../../../src/event-sourcing/subscriptions/checkpoints.js';
import {
  BEGINNING,
  CheckpointMovedError,
  type HeldCheckpoint,
} from '../../../src/event-sourcing/subscriptions/held-checkpoint.js';
import { LogDatabase } from '../support/log-database.js';

let database: LogDatabase;
let dataSource: DataSource;
let checkpoints: Checkpoints;
let held: HeldCheckpoint;

beforeEach(async () => {
  database = await LogDatabase.create();
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  checkpoints = new Checkpoints(dataSource);
  await checkpoints.create([{ name: 'saga', kind: 'saga' }], newId(), BEGINNING);
  const acquired = await checkpoints.acquire('saga', newId(), { memberId: newId(), leaseMs: 60_000 });
  if (!acquired) throw new Error('Nobody else holds the checkpoint.');
  held = acquired;
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** The present of the database, in milliseconds since 1970, and an hour from it. */
async function times(): Promise<{ readonly now: number; readonly later: number }> {
  const [row] = await database.query<{ now: number }>(
    'SELECT (extract(epoch FROM now()) * 1000)::float8 AS now',
  );
  const now = row?.now ?? NaN;
  return { now, later: now + 3_600_000 };
}

const places = () => database.query('SELECT position::int FROM checkpoint');
const to = { position: 3, eventId: newId() };

it('refuses a move after a timer that it relied on was due, and writes nothing', async () => {
  const { now } = await times();
  await expect(checkpoints.move({ ...held, movesBefore: now }, to)).rejects.toThrow(CheckpointMovedError);
  expect(await places()).toEqual([{ position: 0 }]);
  expect((await checkpoints.find({ ...held, movesBefore: now })).movesBefore).toBeUndefined();
});

it('moves before that time, and is not bound to it any more', async () => {
  const { later } = await times();
  const moved = await checkpoints.move({ ...held, movesBefore: later }, to);
  expect(moved).toMatchObject({ position: 3, movesBefore: undefined });
  expect(await places()).toEqual([{ position: 3 }]);
});

it('stays bound to that time while it writes at the same position', async () => {
  const { later } = await times();
  const moved = await checkpoints.move({ ...held, movesBefore: later }, held);
  expect(moved).toMatchObject({ position: 0, movesBefore: later });
});
