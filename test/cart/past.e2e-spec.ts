import { eventually } from '../support/eventually.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('past');

/** The cart after each of its changes, as the changes answered it. */
let versions: [Cart, ...Cart[]];
/** The last of them. */
let present: Cart;
let cartId: string;

const past = (query: string) => service().http.get<Cart>(`/v1/carts/${cartId}?${query}`);

/** Waits until the clock has advanced, so that the next change has another time. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  await eventually(
    'the next millisecond',
    () => Promise.resolve(Date.now()),
    (time) => time > now + 1,
  );
}

beforeAll(async () => {
  const { shop } = service();
  await shop.stock('MUG-1', 1000);
  await shop.stock('TEA-1', 300);
  const opened = await shop.open();
  cartId = opened.id;
  versions = [opened];
  const then = async (change: Promise<{ body: Cart }>) => {
    present = (await change).body;
    versions.push(present);
    await nextMillisecond();
  };
  await nextMillisecond();
  await then(shop.add(cartId, { sku: 'MUG-1', quantity: 2 }));
  await then(shop.add(cartId, { sku: 'TEA-1', quantity: 5 }));
  const [mug, tea] = present.items as [Item, Item];
  await then(shop.changeQuantity(cartId, mug.id, 7));
  await shop.stock('TEA-1', 350);
  await then(shop.reprice(cartId));
  await then(shop.remove(cartId, tea.id));
  await then(shop.clear(cartId));
});

it('shows the cart as it was at each version', async () => {
  for (const cart of versions) {
    const answer = await past(`version=${cart.version}`);
    expect(answer).toMatchObject({ status: 200, headers: { etag: `"${cart.version}"` } });
    expect(answer.body).toEqual({ ...cart, notices: [] });
  }
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it('shows the cart as it was at each time', async () => {
  for (const cart of versions) {
    expect((await past(`asOf=${cart.updatedAt}`)).body).toEqual({ ...cart, notices: [] });
    const justBefore = new Date(Date.parse(cart.updatedAt) - 1).toISOString();
    if (cart.version > 1) expect((await past(`asOf=${justBefore}`)).body.version).toBe(cart.version - 1);
  }
});

it('shows the present cart for a time in the future', async () => {
  for (const time of ['9999-12-31T23:59:59.999Z', new Date(Date.now() + 1_000).toISOString()]) {
    expect((await past(`asOf=${time}`)).body).toEqual(present);
  }
});

it('accepts times without milliseconds and with more than three digits', async () => {
  const { createdAt, updatedAt } = present;
  const nextSecond = new Date(Math.ceil((Date.parse(updatedAt) + 1) / 1_000) * 1_000).toISOString();
  expect((await past(`asOf=${nextSecond.replace('.000Z', 'Z')}`)).body.version).toBe(7);
  expect((await past(`asOf=${createdAt.replace('Z', '999Z')}`)).body.version).toBe(1);
});

it('has no version above the present one or before the cart was opened', async () => {
  const { createdAt } = versions[0];
  const justBefore = new Date(Date.parse(createdAt) - 1).toISOString();
  for (const query of [
    'version=8',
    'version=0',
    'version=2147483648',
    `version=${Number.MAX_SAFE_INTEGER}`,
    `asOf=${justBefore}`,
    'asOf=0001-01-01T00:00:00Z',
  ]) {
    const problem = expectProblem(await past(query), '404 VERSION_NOT_FOUND');
    expect(problem['currentVersion']).toBe(7);
  }
});

it('refuses a request for a version and a time', async () => {
  const problem = expectProblem(
    await past(`version=1&asOf=${new Date().toISOString()}`),
    '400 VALIDATION_FAILED',
  );
  expect(pointersOf(problem)).toHaveLength(1);
});

it('shows a discarded cart as it was before', async () => {
  const { id } = await service().shop.open();
  await service().shop.discard(id);
  const answer = await service().http.get<Cart>(`/v1/carts/${id}?version=1`);
  expect(answer.body).toMatchObject({ version: 1, status: 'active' });
});

it('answers 404 for an unknown cart', async () => {
  for (const query of ['version=1', 'version=0', 'asOf=2030-01-01T00:00:00Z']) {
    const answer = await service().http.get(`/v1/carts/01a20748-0000-7000-8000-000000000000?${query}`);
    expectProblem(answer, '404 CART_NOT_FOUND');
  }
});

it('answers 304 to a caller that has the past cart already', async () => {
  const answer = await service().http.get(`/v1/carts/${cartId}?version=3`, { 'if-none-match': '"3"' });
  expect(answer).toMatchObject({ status: 304, text: '' });
});
