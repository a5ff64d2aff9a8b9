import type { QueryResultRow } from 'pg';
import { withClient } from '../lifecycle/embedded-database.js';
import { eventually } from '../support/eventually.js';
import { useService } from '../support/use-service.js';

const service = useService('kept_timers', { CART_ABANDON_AFTER: '1h' });

beforeAll(async () => {
  await service().shop.stock('MUG-1');
});

/** The first row of an answer of the command database. */
async function first<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row> {
  const { rows } = await withClient(service().commandDatabaseUrl, (log) => log.query<Row>(text, values));
  const [row] = rows;
  if (!row) throw new Error(`There is no row: ${text}`);
  return row;
}

async function timersOf(cartId: string): Promise<number> {
  const text = `SELECT count(*)::int AS count FROM durable_command WHERE data->>'cartId' = $1`;
  return (await first<{ count: number }>(text, [cartId])).count;
}

/** As a process of the release before does. */
const cancel = (cartId: string) =>
  first(`SELECT store_commands('[]', ARRAY['cart.abandon ' || $1])`, [cartId]);

const isArmed = (cartId: string) =>
  eventually(
    'the timer to be set',
    () => timersOf(cartId),
    (count) => count === 1,
  );

/** Adds an item until the saga has heard of one without writing its checkpoint. */
async function addUntilTheCheckpointLingers(cartId: string): Promise<void> {
  await isArmed(cartId);
  await eventually(
    'the checkpoint to linger',
    async () => {
      await service().shop.add(cartId, { sku: 'MUG-1' });
      return eventually('the saga to be current', sagaAndCheckpoint, ({ lag }) => lag === 0);
    },
    ({ position, checkpoint }) => position > checkpoint,
  );
}

async function sagaAndCheckpoint(): Promise<{ position: number; lag: number; checkpoint: number }> {
  const checkpoint = await first<{ position: number }>(
    `SELECT position::float8 FROM checkpoint WHERE name = 'cart-abandonment'`,
  );
  const { body } =
    await service().http.get<{ name: string; position: number; lag: number }[]>('/v1/projections');
  const saga = body.find(({ name }) => name === 'cart-abandonment');
  return {
    position: saga?.position ?? NaN,
    lag: saga?.lag ?? NaN,
    checkpoint: checkpoint.position,
  };
}

it('sets the timer of a cart again that was cancelled after the process was killed', async () => {
  const { id } = await service().shop.open();
  await addUntilTheCheckpointLingers(id);
  await service().kill();
  await cancel(id);
  expect(await timersOf(id)).toBe(0);
  await service().launch();
  await service().shop.add(id, { sku: 'MUG-1' });
  await isArmed(id);
});

it('sets the timer of a cart again that was cancelled just before the process was killed', async () => {
  const { id } = await service().shop.open();
  await addUntilTheCheckpointLingers(id);
  await cancel(id);
  await service().shop.add(id, { sku: 'MUG-1' });
  await service().kill();
  await service().launch();
  await isArmed(id);
});

it('keeps the one timer of a cart when another process takes over while the process is stopped', async () => {
  const { id } = await service().shop.open();
  await addUntilTheCheckpointLingers(id);
  const another = await service().startAnother();
  await service().whilePaused(async () => {
    await cancel(id);
    await another.shop.add(id, { sku: 'MUG-1' });
    await isArmed(id);
  });
  await cancel(id);
  await service().shop.add(id, { sku: 'MUG-1' });
  await isArmed(id);
});
