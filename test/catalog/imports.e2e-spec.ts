import { eventCount } from '../support/event-count.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import type { Product } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('imports');

const TWO_MEBIBYTES = 2 * 1024 * 1024;

const imports = (products: unknown) =>
  service().http.send('POST', '/v1/products/imports', { body: { products } });
const get = (sku: string) => service().http.get<Product>(`/v1/products/${sku}`);

function product(sku: string, amount = 100) {
  return { sku, name: `Product ${sku}`, price: { amount, currency: 'EUR' } };
}

it('counts created, updated and unchanged products', async () => {
  expect(await imports([product('A'), product('B')])).toMatchObject({
    status: 200,
    body: { created: 2, updated: 0, unchanged: 0 },
  });
  const mixed = [product('A'), product('B', 200), product('C'), { ...product('D'), active: false }];
  expect((await imports(mixed)).body).toEqual({ created: 2, updated: 1, unchanged: 1 });
  expect((await get('A')).body.version).toBe(1);
  expect((await get('B')).body).toMatchObject({ version: 2, price: { amount: 200 } });
  expect((await get('D')).body).toMatchObject({ version: 1, active: false });
  expect((await imports([])).body).toEqual({ created: 0, updated: 0, unchanged: 0 });
});

it('accepts at most 1,000 products, which can be bought at once', async () => {
  const products = Array.from({ length: 1_001 }, (_, index) => product(`N-${index}`));
  const refused = expectProblem(await imports(products), '400 VALIDATION_FAILED');
  expect(pointersOf(refused)).toEqual(['/products']);
  expectProblem(await get('N-0'), '404 PRODUCT_NOT_FOUND');

  expect((await imports(products.slice(1))).body).toEqual({ created: 1_000, updated: 0, unchanged: 0 });
  const { id } = await service().shop.open();
  expect((await service().shop.add(id, { sku: 'N-1000' })).status).toBe(201);
  expect((await get('N-1')).body).toMatchObject({ version: 1 });
  expect((await imports(products.slice(1))).body).toEqual({ created: 0, updated: 0, unchanged: 1_000 });
});

it('accepts a body of at most 2 MiB', async () => {
  const send = (bytes: number) => {
    const text = JSON.stringify({ products: [product('BIG')] });
    const raw = text + ' '.repeat(bytes - text.length);
    return service().http.send('POST', '/v1/products/imports', { raw });
  };
  expect((await send(TWO_MEBIBYTES)).status).toBe(200);
  expectProblem(await send(TWO_MEBIBYTES + 1), '413 PAYLOAD_TOO_LARGE');
});

it.each<[string, object, string, string]>([
  ['a negative price', product('BAD', -1), '422 AMOUNT_OUT_OF_RANGE', '/products/1'],
  ['a price beyond 2^53-1', product('BAD', 2 ** 53), '422 AMOUNT_OUT_OF_RANGE', '/products/1'],
  ['the same SKU twice', product('GOOD-1', 7), '400 VALIDATION_FAILED', '/products/1/sku'],
  ['no name', { ...product('BAD'), name: '' }, '400 VALIDATION_FAILED', '/products/1/name'],
  ['a malformed SKU', product('a/b'), '400 VALIDATION_FAILED', '/products/1/sku'],
  ['an unknown field', { ...product('BAD'), stock: 1 }, '400 VALIDATION_FAILED', '/products/1/stock'],
])('imports nothing at all when one product has %s, and says which', async (_name, bad, refusal, pointer) => {
  const before = await eventCount(service().commandDatabaseUrl);
  const problem = expectProblem(await imports([product('GOOD-1'), bad, product('GOOD-2')]), refusal);
  expect(pointersOf(problem)).toEqual([pointer]);
  expect(await eventCount(service().commandDatabaseUrl)).toBe(before);
  expectProblem(await get('GOOD-1'), '404 PRODUCT_NOT_FOUND');
});

it('handles two concurrent imports and single changes of the same products', async () => {
  const skus = Array.from({ length: 50 }, (_, index) => `RACE-${index}`);
  const answers = await Promise.all([
    imports(skus.map((sku) => product(sku, 1))),
    imports([...skus].reverse().map((sku) => product(sku, 2))),
    ...skus.map((sku) => service().http.send('PUT', `/v1/products/${sku}`, { body: product3(sku) })),
  ]);
  expect(answers.map(({ status }) => status).filter((status) => status > 201)).toEqual([]);
  const versions = await Promise.all(skus.map(async (sku) => (await get(sku)).body.version));
  // One of the three registered it, the other two changed it.
  expect(new Set(versions)).toEqual(new Set([3]));
});

function product3(sku: string) {
  const { name, price } = product(sku, 3);
  return { name, price };
}
