import { Client } from 'pg';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('waiting');

/** How long a reader waits for the view, in milliseconds. */
const PATIENCE_MS = 2_000;

beforeAll(() => service().shop.stock('MUG-1', 1000));

/** Holds the view up while `work` runs: it can be read, but nothing new comes into it. */
async function whileViewStands<T>(work: (letGo: () => Promise<unknown>) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: service().queryDatabaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE carts IN EXCLUSIVE MODE');
    return await work(() => client.query('ROLLBACK'));
  } finally {
    await client.end();
  }
}

it('answers a change with the whole cart though the view stands still', async () => {
  await whileViewStands(async () => {
    const cart = await service().shop.open();
    const { headers, body } = await service().shop.add(cart.id, { sku: 'MUG-1', quantity: 3 });
    expect(headers['etag']).toBe('"2"');
    expect(body).toMatchObject({ version: 2, quantity: 3, total: { amount: 3000, currency: 'EUR' } });
  });
});

it('waits until the view shows the version that the log has', async () => {
  const { id } = await service().shop.open();
  await service().shop.cart(id);
  await whileViewStands(async (letGo) => {
    const { body } = await service().shop.add(id, { sku: 'MUG-1' });
    const waiting = [service().shop.look(id), service().shop.look(id, { 'x-min-version': '2' })];
    await letGo();
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ status: 200, headers: { etag: '"2"' }, body });
    }
  });
});

it.each(['', '/items', '?version=1'])(
  'answers 404 when the log does not have the version that the reader asks for: GET /carts/{cartId}%s',
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

it('waits for a cart that is in the log but not yet in the view', async () => {
  await whileViewStands(async (letGo) => {
    const cart = await service().shop.open();
    const waiting = service().shop.look(cart.id);
    const unknown = await service().shop.look('01a20748-0000-7000-8000-000000000000');
    expectProblem(unknown, '404 CART_NOT_FOUND');
    await letGo();
    expect(await waiting).toMatchObject({ status: 200, body: cart });
  });
});

it.each(['', '/items'])('gives up after two seconds: GET /carts/{cartId}%s', async (path) => {
  const { id } = await service().shop.open();
  await whileViewStands(async () => {
    await service().shop.add(id, { sku: 'MUG-1' });
    const started = performance.now();
    const answer = await service().http.get(`/v1/carts/${id}${path}`, { 'x-min-version': '2' });
    const took = performance.now() - started;
    expectProblem(answer, '503 VIEW_BEHIND');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(took).toBeGreaterThanOrEqual(PATIENCE_MS - 1);
  });
});

it('does not wait for a version that the view has passed', async () => {
  const { id } = await service().shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  expect(await service().shop.look(id, { 'x-min-version': '1' })).toMatchObject({
    status: 200,
    body: { version: 2 },
  });
  expect(await service().shop.look(id, { 'x-min-version': '0' })).toMatchObject({ status: 200 });
});
