import { expectProblem, pointersOf } from '../support/problem.js';
import type { Product } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('products');

interface Page {
  readonly products: readonly Product[];
  readonly nextCursor: string | null;
}

const MUG = { name: 'Mug, 300 ml', price: { amount: 1999, currency: 'EUR' } };

const put = (sku: string, body: unknown) =>
  service().http.send<Product>('PUT', `/v1/products/${encodeURIComponent(sku)}`, { body });
const get = (sku: string) => service().http.get<Product>(`/v1/products/${encodeURIComponent(sku)}`);
const list = (query: string) => service().http.get<Page>(`/v1/products?${query}`);

it('registers a product, then changes it', async () => {
  const registered = await put('MUG-1', MUG);
  const { updatedAt } = registered.body;
  expect(registered.status).toBe(201);
  expect(registered.body).toEqual({ sku: 'MUG-1', ...MUG, active: true, version: 1, updatedAt });
  expect(new Date(updatedAt).toISOString()).toBe(updatedAt);

  const changed = await put('MUG-1', { ...MUG, price: { amount: 2099, currency: 'EUR' } });
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({ name: 'Mug, 300 ml', price: { amount: 2099 }, version: 2 });
  expect((await get('MUG-1')).body).toEqual(changed.body);
});

it('writes no event if nothing changes', async () => {
  const { body: before } = await put('SAME', MUG);
  for (const body of [MUG, { ...MUG, active: true }]) {
    expect(await put('SAME', body)).toMatchObject({ status: 200, body: before });
  }
});

it('makes a product active by default', async () => {
  expect((await put('SHY', { ...MUG, active: false })).body).toMatchObject({ active: false, version: 1 });
  expect((await put('SHY', MUG)).body).toMatchObject({ active: true, version: 2 });
});

it('counts one version for each changed attribute', async () => {
  await put('MANY', MUG);
  const other = { name: 'Cup', price: { amount: 1, currency: 'USD' }, active: false };
  expect((await put('MANY', other)).body).toMatchObject({ ...other, version: 4 });
});

it('shows the last acknowledged state of each product', async () => {
  for (let amount = 0; amount < 50; amount += 1) {
    const { body } = await put('FAST', { ...MUG, price: { amount, currency: 'EUR' } });
    expect(await get('FAST')).toMatchObject({ status: 200, body });
  }
});

it('applies 100 parallel changes of one product', async () => {
  await put('BUSY', { ...MUG, price: { amount: 0, currency: 'EUR' } });
  const amounts = Array.from({ length: 100 }, (_, index) => index + 1);
  const answers = await Promise.all(
    amounts.map((amount) => put('BUSY', { ...MUG, price: { amount, currency: 'EUR' } })),
  );
  expect(answers.map(({ status, body }) => [status, body.price.amount])).toEqual(
    amounts.map((amount) => [200, amount]),
  );
  expect(new Set(answers.map(({ body }) => body.version)).size).toBe(100);
  const last = answers.find(({ body }) => body.version === 101);
  expect((await get('BUSY')).body).toEqual(last?.body);
});

it('accepts prices from 0 to 2^53-1 only', async () => {
  const priced = (amount: number) => put('DEAR', { ...MUG, price: { amount, currency: 'JPY' } });
  for (const amount of [0, 1, Number.MAX_SAFE_INTEGER]) {
    expect((await priced(amount)).body.price).toEqual({ amount, currency: 'JPY' });
  }
  for (const amount of [-1, 2 ** 53, 1e300]) expectProblem(await priced(amount), '422 AMOUNT_OUT_OF_RANGE');
  expect((await get('DEAR')).body).toMatchObject({ price: { amount: Number.MAX_SAFE_INTEGER }, version: 3 });
});

it('answers 404 for an unknown and for a malformed SKU', async () => {
  for (const sku of ['NONE', 'mug-1', '..', 'a/b', 'x'.repeat(65), 'Tasse für Tee', ' MUG-1']) {
    expectProblem(await get(sku), '404 PRODUCT_NOT_FOUND');
  }
});

it('refuses to register a malformed SKU', async () => {
  for (const sku of [
    '..',
    '.',
    'a/b',
    'x'.repeat(65),
    'für',
    ' A',
    'A ',
    "A'--",
    'A"',
    '{{7*7}}',
    '$.a[*]',
    'A\n',
  ]) {
    const problem = expectProblem(await put(sku, MUG), '400 VALIDATION_FAILED');
    expect(pointersOf(problem)).toEqual(['/sku']);
  }
});

it.each([' ', ' \t\n ', '\u00a0\u2003\u3000'])('refuses a blank name: %j', async (name) => {
  expect(pointersOf(expectProblem(await put('NAMELESS', { ...MUG, name }), '400 VALIDATION_FAILED'))).toEqual(
    ['/name'],
  );
  const body = { products: [{ sku: 'NAMELESS', ...MUG, name }] };
  const answer = await service().http.send('POST', '/v1/products/imports', { body });
  expect(pointersOf(expectProblem(answer, '400 VALIDATION_FAILED'))).toEqual(['/products/0/name']);
  expectProblem(await get('NAMELESS'), '404 PRODUCT_NOT_FOUND');
});

it('keeps whitespace around a name', async () => {
  expect((await put('WIDE', { ...MUG, name: '  two  words ' })).body.name).toBe('  two  words ');
});

it('distinguishes SKUs by case', async () => {
  await put('case', { ...MUG, name: 'lower' });
  await put('CASE', { ...MUG, name: 'upper' });
  expect((await get('case')).body.name).toBe('lower');
  expect((await get('CASE')).body.name).toBe('upper');
});

it('lists products by SKU, page by page, without gaps or duplicates', async () => {
  const skus = ['Z', 'a', 'B', '1', '10', '2', 'a b', 'a-b', 'a.b', 'a:b', 'a_b', '_', '-', '...', ':'];
  for (const sku of skus) await put(sku, MUG);
  await service().viewsCatchUp();
  const all = (await list('')).body;
  const found = all.products.map(({ sku }) => sku);
  expect(all.nextCursor).toBeNull();
  expect(found).toEqual(expect.arrayContaining(skus));
  expect(found).toEqual([...found].sort((a, b) => Buffer.from(a).compare(Buffer.from(b))));
  expect(all.products.find(({ sku }) => sku === 'a b')).toEqual((await get('a b')).body);

  for (const limit of [1, 4, found.length]) {
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await list(`limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(body.products.length).toBeLessThanOrEqual(limit);
      paged.push(...body.products.map(({ sku }) => sku));
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(found);
  }
});
