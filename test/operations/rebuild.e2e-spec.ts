import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('rebuild');

/** Looks into the database of the views, and spoils it. */
async function inViews(statement: string, ...values: string[]): Promise<pg.QueryResult<{ count: number }>> {
  const client = new pg.Client({ connectionString: service().queryDatabaseUrl });
  await client.connect();
  try {
    return await client.query(statement, values);
  } finally {
    await client.end();
  }
}

interface Status {
  readonly name: string;
  readonly lag: number;
  readonly rebuilding: boolean;
}

async function isDone(name: string): Promise<void> {
  await eventually(
    `"${name}" to be rebuilt`,
    async () => (await service().http.get<Status[]>('/v1/projections')).body,
    (all) => all.some((one) => one.name === name && !one.rebuilding && one.lag === 0),
  );
}

it('mends a view whose rows are wrong, while carts go on changing', async () => {
  const { shop, http } = service();
  await shop.stockAll(['MUG-1', 'CAP-1']);
  const [broken, lost, changing] = [
    await shop.open([{ sku: 'MUG-1', quantity: 3 }]),
    await shop.open([{ sku: 'CAP-1', quantity: 1 }]),
    await shop.open(),
  ];
  for (const cart of [broken, lost]) await shop.cart(cart.id, cart.version);
  await inViews('UPDATE cart_details SET quantity = 99, total = 1 WHERE cart_id = $1', broken.id);
  await inViews('DELETE FROM cart_details WHERE cart_id = $1', lost.id);
  await inViews(
    `INSERT INTO cart_details SELECT (jsonb_populate_record(d, jsonb_build_object('cart_id', gen_random_uuid()))).*
       FROM cart_details d WHERE cart_id = $1`,
    broken.id,
  );
  const rows = async () => (await inViews('SELECT count(*)::int AS count FROM cart_details')).rows[0]?.count;
  expect((await shop.look(broken.id)).body.quantity).toBe(99);

  const adds = (async () => {
    for (let times = 0; times < 40; times += 1) await shop.add(changing.id, { sku: 'MUG-1' });
  })();
  const answer = await http.send('POST', '/v1/projections/cart-details/rebuilds');
  expect(answer.status).toBe(202);
  await adds;
  await isDone('cart-details');

  expect(await shop.cart(broken.id, broken.version)).toMatchObject({ quantity: 3, total: broken.total });
  expect(await shop.cart(lost.id, lost.version)).toMatchObject({ quantity: 1, total: lost.total });
  expect(await shop.cart(changing.id, 41)).toMatchObject({ quantity: 40, version: 41 });
  expect(await rows()).toBe(3);

  await shop.add(changing.id, { sku: 'CAP-1' });
  expect(await shop.cart(changing.id, 42)).toMatchObject({ quantity: 41 });
  expect((await inViews(`SELECT FROM pg_namespace WHERE nspname LIKE 'rebuild%'`)).rowCount).toBe(0);
});

it('answers 404 for what is no projection', async () => {
  const { http } = service();
  for (const name of ['nobody', 'commands', 'cart-abandonment'])
    expectProblem(await http.send('POST', `/v1/projections/${name}/rebuilds`), '404 NOT_FOUND');
});
