import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { useService } from '../support/use-service.js';

const service = useService('hot');

const CARTS = 40;
const ADDS = 25;

it('updates the rows of growing carts without touching an index in at least 95% of cases', async () => {
  const { shop } = service();
  const skus = Array.from({ length: ADDS }, (_, index) => `SKU-${index}`);
  await shop.stockAll(skus);
  const carts = await Promise.all(Array.from({ length: CARTS }, () => shop.open()));
  for (const sku of skus) await Promise.all(carts.map(({ id }) => shop.add(id, { sku })));
  for (const { id } of carts) await shop.cart(id, ADDS + 1);

  const client = new pg.Client({ connectionString: service().queryDatabaseUrl });
  await client.connect();
  const found = await eventually(
    'PostgreSQL to have counted the updates',
    async () => {
      const { rows } = await client.query<{ updated: number; hot: number }>(
        `SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'carts'`,
      );
      return rows[0] ?? { updated: 0, hot: 0 };
    },
    // Events that arrive together are written together.
    ({ updated }) => updated >= (CARTS * ADDS) / 10,
  );
  await client.end();
  expect(found.hot / found.updated).toBeGreaterThanOrEqual(0.95);
});
