import { Client } from 'pg';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('waiting');

beforeAll(() => service().shop.stock('MUG-1', 1000));

/** Locks the view against writes while `work` runs; it can still be read. */
async function whileViewStands(work: () => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: service().queryDatabaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE carts IN EXCLUSIVE MODE');
    await work();
  } finally {
    await client.end();
  }
}

it('answers a change with the whole cart while the view is locked', async () => {
  await whileViewStands(async () => {
    const cart = await service().shop.open();
    const { headers, body } = await service().shop.add(cart.id, { sku: 'MUG-1', quantity: 3 });
    expect(headers['etag']).toBe('"2"');
    expect(body).toMatchObject({ version: 2, quantity: 3, total: { amount: 3000, currency: 'EUR' } });
  });
});

it.each(['', '/items', '?version=1'])(
  'answers 404 if the log does not have X-Min-Version: GET /carts/{cartId}%s',
  async (rest) => {
    const { id } = await service().shop.open();
    await whileViewStands(async () => {
      await service().shop.add(id, { sku: 'MUG-1' });
      const answer = await service().http.get(`/v1/carts/${id}${rest}`, { 'x-min-version': '3' });
      const problem = expectProblem(answer, '404 VERSION_NOT_FOUND');
      expect(problem['currentVersion']).toBe(2);
    });
  },
);

it('shows a cart that is in the log but not yet in the view', async () => {
  await whileViewStands(async () => {
    const cart = await service().shop.open();
    const unknown = await service().shop.look('01a20748-0000-7000-8000-000000000000');
    expectProblem(unknown, '404 CART_NOT_FOUND');
    expect(await service().shop.look(cart.id)).toMatchObject({ status: 200, body: cart });
  });
});

it('shows a change to a cart in memory and to another one while the view is locked', async () => {
  const known = await service().shop.open();
  const other = await service().shop.open();
  await service().shop.cart(known.id);
  await whileViewStands(async () => {
    for (const { id } of [known, other]) {
      const { body } = await service().shop.add(id, { sku: 'MUG-1' });
      expect(await service().shop.look(id, { 'x-min-version': '2' })).toMatchObject({ status: 200, body });
      expect((await service().http.get(`/v1/carts/${id}/items`)).body).toEqual({ items: body.items });
    }
  });
});

it('shows a change while a foreign transaction keeps the log from settling', async () => {
  const { id } = await service().shop.open();
  await service().shop.cart(id);
  const client = new Client({ connectionString: service().commandDatabaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query("SELECT nextval(pg_get_serial_sequence('event_log', 'position'))");
    await client.query('LOCK TABLE event_log IN ROW EXCLUSIVE MODE');
    const { body } = await service().shop.add(id, { sku: 'MUG-1' });
    expect(await service().shop.look(id)).toMatchObject({ status: 200, body });
  } finally {
    await client.end();
  }
});

it('answers 503 while the head of the log cannot be read, but shows products', async () => {
  const { id } = await service().shop.open();
  await service().shop.cart(id);
  const client = new Client({ connectionString: service().commandDatabaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE');
    const [cart, items, product, products] = await Promise.all([
      service().shop.look(id),
      service().http.get(`/v1/carts/${id}/items`),
      service().http.get('/v1/products/MUG-1'),
      service().http.get('/v1/products'),
    ]);
    for (const refused of [cart, items]) {
      expectProblem(refused, '503 OVERLOADED');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    }
    expect([product.status, products.status]).toEqual([200, 200]);
  } finally {
    await client.end();
  }
  expect((await service().shop.look(id)).status).toBe(200);
});

it('does not wait for an X-Min-Version that the view has passed', async () => {
  const { id } = await service().shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  expect(await service().shop.look(id, { 'x-min-version': '1' })).toMatchObject({
    status: 200,
    body: { version: 2 },
  });
  expect(await service().shop.look(id, { 'x-min-version': '0' })).toMatchObject({ status: 200 });
});
