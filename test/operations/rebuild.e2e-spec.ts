import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
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

it('repairs a view with wrong rows, while carts change', async () => {
  const { shop, http } = service();
  await shop.stockAll(['MUG-1', 'CAP-1']);
  const [broken, lost, changing] = [
    await shop.open([{ sku: 'MUG-1', quantity: 3 }]),
    await shop.open([{ sku: 'CAP-1', quantity: 1 }]),
    await shop.open(),
  ];
  await service().viewsCatchUp();
  await inViews('UPDATE carts SET quantity = 99, total = 1 WHERE cart_id = $1', broken.id);
  await inViews('DELETE FROM carts WHERE cart_id = $1', lost.id);
  await inViews('DELETE FROM cart_items WHERE cart_id = $1', lost.id);
  await inViews(`UPDATE cart_items SET name = 'Spoilt' WHERE cart_id = $1`, broken.id);
  await inViews(
    `INSERT INTO carts SELECT (jsonb_populate_record(d, jsonb_build_object('cart_id', gen_random_uuid()))).*
       FROM carts d WHERE cart_id = $1`,
    broken.id,
  );
  const rows = async () => (await inViews('SELECT count(*)::int AS count FROM carts')).rows[0]?.count;
  expect((await shop.look(broken.id)).body.quantity).toBe(99);

  const adds = (async () => {
    for (let times = 0; times < 40; times += 1) await shop.add(changing.id, { sku: 'MUG-1' });
  })();
  const answer = await http.send('POST', '/v1/projections/carts/rebuilds');
  expect(answer.status).toBe(202);
  await adds;
  await isDone('carts');

  // Rows in memory follow a rebuild within a second.
  await eventually(
    'the rebuilt cart to be shown',
    async () => (await shop.look(broken.id)).body.quantity,
    (quantity) => quantity === 3,
  );
  expect(await shop.cart(broken.id, broken.version)).toMatchObject({ quantity: 3, total: broken.total });
  expect((await shop.cart(broken.id)).items).toEqual(broken.items);
  expect(await shop.cart(lost.id, lost.version)).toEqual(lost);
  expect(await shop.cart(changing.id, 41)).toMatchObject({ quantity: 40, version: 41 });
  expect(await rows()).toBe(3);

  await shop.add(changing.id, { sku: 'CAP-1' });
  expect(await shop.cart(changing.id, 42)).toMatchObject({ quantity: 41 });
  expect((await inViews(`SELECT FROM pg_namespace WHERE nspname LIKE 'rebuild%'`)).rowCount).toBe(0);
});

const rebuild = async (name: string): Promise<void> => {
  expect((await service().http.send('POST', `/v1/projections/${name}/rebuilds`)).status).toBe(202);
};

const isLeft = async () =>
  (await inViews(`SELECT FROM pg_namespace WHERE nspname LIKE 'rebuild%'`)).rowCount === 1;

/** All that there is about the tables of the views, in words. */
const SHAPE = `
  WITH tables AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')
  SELECT format('%s %s', oid::regclass, reloptions) AS line FROM tables
  UNION ALL SELECT format('%s %s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attnum, attcollation::regcollation)
    FROM pg_attribute WHERE attrelid IN (SELECT oid FROM tables) AND attnum > 0
  UNION ALL SELECT format('%s %s %s', indexrelid::regclass, indisprimary, pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)
  UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid IN (SELECT oid FROM tables)
  UNION ALL SELECT format('%s %s', oid::regclass, acl) FROM tables, LATERAL (SELECT aclexplode(relacl)::text AS acl) AS a
  ORDER BY 1`;

it('leaves the tables as they were made, with their indexes, constraints, settings and grants', async () => {
  await inViews('GRANT SELECT ON carts, cart_items TO PUBLIC');
  await inViews('GRANT SELECT, INSERT ON cart_items TO pg_monitor WITH GRANT OPTION');
  const before = (await inViews(SHAPE)).rows;
  for (const name of ['catalog-products', 'carts']) {
    await rebuild(name);
    await isDone(name);
  }
  expect((await inViews(SHAPE)).rows).toEqual(before);
  expect(before.length).toBeGreaterThan(50);
});

it('does not disturb concurrent readers and writers', async () => {
  const { shop, http } = service();
  const carts = await Promise.all(
    Array.from({ length: 3 }, () => shop.open([{ sku: 'MUG-1', quantity: 2 }])),
  );
  const changing = await shop.open();
  for (const cart of carts) await shop.cart(cart.id, cart.version);
  let version = changing.version;
  const work = { isOver: false };
  const writing = (async () => {
    while (!work.isOver) {
      await shop.add(changing.id, { sku: 'MUG-1' });
      version += 1;
      if (version % 10 === 0) await shop.cart(changing.id, version);
    }
  })();
  const reading = carts.map(async (cart) => {
    while (!work.isOver) expect(await shop.cart(cart.id, cart.version)).toMatchObject({ quantity: 2 });
  });
  const listing = (async () => {
    while (!work.isOver) {
      const { status, body } = await http.get<{ carts: unknown[] }>('/v1/carts?sku=MUG-1&limit=100');
      expect([status, body.carts.length >= carts.length]).toEqual([200, true]);
    }
  })();
  for (let round = 0; round < 2; round += 1) {
    await rebuild('carts');
    await eventually(
      'the carts to be rebuilt',
      async () => (await http.get<Status[]>('/v1/projections')).body,
      (all) => all.some((one) => one.name === 'carts' && !one.rebuilding),
    );
  }
  work.isOver = true;
  await Promise.all([writing, listing, ...reading]);
  expect(await shop.cart(changing.id, version)).toMatchObject({ version, quantity: version - 1 });
});

/** Reads the view in a transaction that stays open, as a backup does. */
async function backup(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: service().queryDatabaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT count(*) FROM carts');
  return client;
}

/** Resolves when the new view has all that is stored, and cannot take its place. */
async function untilItWaits(): Promise<void> {
  await eventually(
    'the swap to meet the backup',
    () => inViews(`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted`),
    ({ rowCount }) => rowCount === 1,
  );
}

it('waits for a backup that reads the view, without blocking others', async () => {
  const { shop } = service();
  const cart = await shop.open();
  const reader = await backup();
  await rebuild('carts');
  await untilItWaits();
  for (let version = 2; version <= 30; version += 1) {
    await shop.add(cart.id, { sku: 'MUG-1' });
    expect(await shop.cart(cart.id, version)).toMatchObject({ version });
  }
  expect(await isLeft()).toBe(true);
  await reader.end();
  await isDone('carts');
  expect(await shop.cart(cart.id, 30)).toMatchObject({ quantity: 29 });
  expect(await isLeft()).toBe(false);
});

describe('a process that ends during a rebuild', () => {
  let cart: Cart;

  beforeEach(async () => {
    const { shop } = service();
    cart = await shop.open([{ sku: 'MUG-1', quantity: 3 }]);
    await service().viewsCatchUp();
    // What only the old view says.
    await inViews('UPDATE carts SET quantity = 99 WHERE cart_id = $1', cart.id);
  });

  async function goesOn(): Promise<void> {
    await service().launch();
    expect((await service().shop.look(cart.id)).body.quantity).toBe(99);
    expect(await isLeft()).toBe(false);
    await rebuild('carts');
    await isDone('carts');
    // What was read of the old view is forgotten soon.
    await eventually(
      'the new view to be shown',
      () => service().shop.look(cart.id),
      ({ body }) => body.quantity === 3,
    );
  }

  it('by a crash leaves the view unchanged, and the next process cleans up', async () => {
    const reader = await backup();
    await rebuild('carts');
    await untilItWaits();
    await service().kill();
    await reader.end();
    await eventually(
      'its sessions to end',
      () =>
        inViews(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        ),
      ({ rowCount }) => rowCount === 0,
    );
    expect(await isLeft()).toBe(true);
    await goesOn();
  });

  it('by a signal cleans up itself', async () => {
    const reader = await backup();
    await rebuild('carts');
    await untilItWaits();
    await service().stop();
    await reader.end();
    expect(await isLeft()).toBe(false);
    await goesOn();
  });
});

it('answers 404 for a handler that is not a projection', async () => {
  const { http } = service();
  for (const name of ['nobody', 'commands', 'cart-abandonment'])
    expectProblem(await http.send('POST', `/v1/projections/${name}/rebuilds`), '404 NOT_FOUND');
});
