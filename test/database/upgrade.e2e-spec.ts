import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { commandDataSource } from '../../src/database/command-data-source.js';
import { migrate } from '../../src/event-sourcing/index.js';
import { queryDataSource } from '../../src/database/query-data-source.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('upgrade');

/** The migrations of the version that kept carts as documents. */
const OF_OLD = [
  'CreateEventLog1767139200000',
  'CreateCheckpoints1767139200001',
  'CreateLeasesAndParkedEvents1767139200002',
  'CreateDurableCommands1767139200003',
  'CreateViews1767225600000',
];

/** Takes a database back to the schema of that version. */
async function takeBack(options: DataSourceOptions): Promise<void> {
  const dataSource = await new DataSource(options).initialize();
  const runner = dataSource.createQueryRunner();
  for (const migration of [...dataSource.migrations].reverse()) {
    const { name } = migration.constructor;
    if (OF_OLD.includes(name)) continue;
    await migration.down(runner);
    await runner.query('DELETE FROM migrations WHERE name = $1', [name]);
  }
  await runner.release();
  await dataSource.destroy();
}

const OLD_DETAILS = `
  INSERT INTO cart_details
  SELECT c.id, c.version, c.status, null, c.currency, c.items, c."itemCount", c.quantity, (c.total ->> 'amount')::bigint, c."createdAt", c."updatedAt"
    FROM jsonb_to_recordset($1::jsonb) AS c(id uuid, version int, status text, currency text, items jsonb, "itemCount" int, quantity bigint,
                                            total jsonb, "createdAt" timestamptz, "updatedAt" timestamptz)`;

const OLD_CHECKPOINTS = `
  INSERT INTO checkpoint (name, position, event_id, log_id, epoch)
  SELECT name, position, event_id, log_id, 1
    FROM unnest(ARRAY['cart-details', 'cart-summaries']) AS name,
         (SELECT position, event_id, log_id FROM checkpoint WHERE name = 'carts') AS c`;

it('upgrades a database of the previous version, and serves requests while it fills its views', async () => {
  const before = service().shop;
  await before.stockAll(['MUG-1', 'CAP-1']);
  const carts: Cart[] = [];
  for (let count = 1; count <= 5; count += 1) {
    const { id } = await before.open([{ sku: 'CAP-1', quantity: count }]);
    carts.push((await before.add(id, { sku: 'MUG-1', quantity: 1 })).body);
  }
  for (const cart of carts) await before.cart(cart.id, cart.version);
  await service().stop();

  const query = new pg.Client({ connectionString: service().queryDatabaseUrl });
  query.on('error', () => undefined);
  await query.connect();
  await query.query(OLD_CHECKPOINTS);
  await query.query(`DELETE FROM checkpoint WHERE name = 'carts'`);
  await query.query(OLD_DETAILS, [JSON.stringify(carts)]);
  await takeBack(queryDataSource(service().queryDatabaseUrl));
  await takeBack(commandDataSource(service().commandDatabaseUrl));
  const old = async () => (await query.query<object>('SELECT * FROM cart_details ORDER BY cart_id')).rows;
  const documents = await old();
  expect(documents).toHaveLength(carts.length);

  // The new tables can be read, and not yet be filled.
  await migrate(queryDataSource(service().queryDatabaseUrl));
  await query.query('BEGIN; LOCK TABLE carts IN EXCLUSIVE MODE');
  await service().launch();
  const { shop, http } = service();
  for (const cart of carts) expect((await shop.look(cart.id)).body).toEqual(cart);
  expectProblem(await http.get('/v1/carts'), '503 VIEW_BEHIND');
  const [first] = carts;
  if (!first) throw new Error('There are carts.');
  const changed = (await shop.add(first.id, { sku: 'MUG-1', quantity: 2 })).body;
  expect((await shop.look(first.id)).body).toEqual(changed);

  await query.query('COMMIT');
  const list = await eventually(
    'the list to be there',
    () => http.get<{ carts: { id: string; version: number }[] }>('/v1/carts?sku=CAP-1'),
    ({ status, body }) =>
      status === 200 && body.carts.some(({ id, version }) => id === first.id && version === changed.version),
  );
  expect(list.body.carts.map(({ id }) => id).sort()).toEqual(carts.map(({ id }) => id).sort());
  for (const cart of carts.slice(1)) expect((await shop.look(cart.id)).body).toEqual(cart);

  // Processes of the version before could go on.
  expect(await old()).toEqual(documents);
  const { body } = await http.get<{ name: string; state: string }[]>('/v1/projections');
  expect(body.find(({ name }) => name === 'cart-details')?.state).toBe('unattended');
  await query.end();
});
