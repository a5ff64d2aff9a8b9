import { eventually } from '../support/eventually.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('list');

type Listed = Pick<Cart, 'id' | 'version' | 'status' | 'createdAt' | 'updatedAt'>;

interface Page {
  readonly carts: readonly Listed[];
  readonly nextCursor: string | null;
}

const list = (query = '') => service().http.get<Page>(`/v1/carts?${query}`);
const idsOf = (carts: readonly Listed[]) => carts.map(({ id }) => id);

/** The ids of all pages of the list. */
async function walk(
  query: string,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await list(`${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    ids.push(...idsOf(body.carts));
    cursor = body.nextCursor;
    await between();
  }
  return ids;
}

/** Waits until the list, which may lag behind the log, shows some carts at these versions. */
async function listed(...carts: readonly Cart[]): Promise<void> {
  await eventually(
    'the list to show the carts',
    async () => (await list('limit=100')).body.carts,
    (shown) =>
      carts.every((cart) => shown.some(({ id, version }) => id === cart.id && version === cart.version)),
  );
}

beforeAll(() => service().shop.stockAll(['MUG-1', 'TEA-1', 'POT-1'], 1000));

it('pages through 250 carts, newest first, without gaps or duplicates, while new ones are opened', async () => {
  const { shop } = service();
  const carts: Cart[] = [];
  for (let tens = 0; tens < 25; tens += 1) {
    carts.push(
      ...(await Promise.all(Array.from({ length: 10 }, () => shop.open([{ sku: 'POT-1', quantity: 1 }])))),
    );
  }
  await listed(...carts.slice(-50));
  const newestFirst = carts.sort((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? 1 : -1));
  for (const limit of [100, 60, 7]) {
    const found = await walk(`sku=POT-1&limit=${limit}`, () => shop.open());
    expect(found).toEqual(idsOf(newestFirst));
  }
  expect((await list('sku=POT-1')).body.carts).toHaveLength(100);
});

it('shows a summary of each cart', async () => {
  const cart = await service().shop.open([
    { sku: 'MUG-1', quantity: 2 },
    { sku: 'TEA-1', quantity: 3 },
  ]);
  await listed(cart);
  const { id, version, status, customerId, itemCount, quantity, total, createdAt, updatedAt } = cart;
  const short = { id, version, status, customerId, itemCount, quantity, total, createdAt, updatedAt };
  expect((await list('limit=1')).body.carts).toEqual([short]);
});

it('finds carts by their present items', async () => {
  const { shop } = service();
  await shop.stock('RARE 1');
  const kept = await shop.open([{ sku: 'RARE 1', quantity: 1 }]);
  const emptied = await shop.open([{ sku: 'RARE 1', quantity: 1 }]);
  await listed((await shop.clear(emptied.id)).body, kept);
  expect(idsOf((await list('sku=RARE%201')).body.carts)).toEqual([kept.id]);
  expect((await list('sku=UNKNOWN')).body).toEqual({ carts: [], nextCursor: null });
  expect((await list('sku=rare+1')).body.carts).toEqual([]);
});

it('finds carts by status', async () => {
  const { shop } = service();
  const [active, discarded] = [await shop.open(), await shop.open()];
  await shop.discard(discarded.id);
  await listed(active, { ...discarded, version: 2 });
  expect(idsOf((await list('status=discarded')).body.carts)).toEqual([discarded.id]);
  const found = await walk('status=active');
  expect(found).toContain(active.id);
  expect(found).not.toContain(discarded.id);
  for (const status of ['merged', 'abandoned']) {
    expect((await list(`status=${status}`)).body.carts).toEqual([]);
  }
  for (const status of ['checking-out', 'ordered', 'ACTIVE', '']) {
    expect(await list(`status=${status}`)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  }
});

it('finds no cart for a customer without carts', async () => {
  expect((await list('customerId=somebody')).body).toEqual({ carts: [], nextCursor: null });
});

it('finds carts by the time of their last change', async () => {
  const { shop } = service();
  const cart = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
  await eventually(
    'a later time',
    () => Promise.resolve(Date.now()),
    (now) => now > Date.parse(cart.updatedAt) + 1,
  );
  const { body: changed } = await shop.add(cart.id, { sku: 'MUG-1' });
  await listed(changed);
  const at = Date.parse(changed.updatedAt);
  const has = async (query: string) => (await walk(query)).includes(cart.id);
  const iso = (time: number) => new Date(time).toISOString();
  expect(await has(`updatedAfter=${iso(at - 1)}`)).toBe(true);
  expect(await has(`updatedAfter=${iso(at)}`)).toBe(false);
  expect(await has(`updatedBefore=${iso(at + 1)}`)).toBe(true);
  expect(await has(`updatedBefore=${iso(at)}`)).toBe(false);
  expect(await has(`updatedAfter=${iso(at - 1)}&updatedBefore=${iso(at + 1)}`)).toBe(true);
  const inParis = (time: number) => iso(time + 3_600_000).replace('Z', '%2B01:00');
  expect(await has(`updatedAfter=${inParis(at - 1)}&updatedBefore=${inParis(at + 1)}`)).toBe(true);
  expect(await has(`updatedAfter=${inParis(at)}`)).toBe(false);
  expect(await has('updatedAfter=0000-01-01T00:00:00%2B23:59&updatedBefore=9999-12-31T23:59:59-23:59')).toBe(
    true,
  );
  expect(await has(`updatedAfter=${iso(at)}&updatedBefore=${iso(at - 1)}`)).toBe(false);
});

it('combines all conditions', async () => {
  const { shop } = service();
  const cart = await shop.open([{ sku: 'TEA-1', quantity: 1 }]);
  await shop.discard(cart.id);
  await listed({ ...cart, version: 3 });
  expect(idsOf((await list('sku=TEA-1&status=discarded')).body.carts)).toEqual([cart.id]);
  expect((await list('sku=TEA-1&status=discarded&customerId=somebody')).body.carts).toEqual([]);
});

it('refuses a cursor that it did not issue', async () => {
  const products = await service().http.get<Page>('/v1/products?limit=1');
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { body } = await list('limit=1');
  for (const cursor of [
    'nonsense',
    String(products.body.nextCursor),
    made([1, 'no-uuid']),
    made(['2026', '01a20748-0000-7000-8000-000000000000']),
    made([1e300, '01a20748-0000-7000-8000-000000000000']),
    made({ createdAt: 1 }),
    `${String(body.nextCursor)}x`,
    "' OR 1=1 --",
  ]) {
    const problem = expectProblem(
      await list(`cursor=${encodeURIComponent(cursor)}`),
      '400 VALIDATION_FAILED',
    );
    expect(pointersOf(problem)).toEqual(['/cursor']);
  }
});
