import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Product } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('product_conditions');

const bodyAt = (amount: number) => ({ name: 'Mug', price: { amount, currency: 'EUR' } });
const put = (sku: string, amount: number, headers: Headers = {}): Promise<Answer<Product>> =>
  service().http.send<Product>('PUT', `/v1/products/${sku}`, { body: bodyAt(amount), headers });
const get = (sku: string, headers: Headers = {}) =>
  service().http.get<Product>(`/v1/products/${sku}`, headers);

/** Registers a product and changes its price, which makes it version 2. */
async function atVersionTwo(sku: string): Promise<void> {
  expect(await put(sku, 1)).toMatchObject({ status: 201, headers: { etag: '"1"' } });
  expect(await put(sku, 2)).toMatchObject({ status: 200, headers: { etag: '"2"' } });
}

describe('GET of a product', () => {
  beforeAll(() => atVersionTwo('LOOK'));

  it('has the version as its entity tag', async () => {
    expect(await get('LOOK')).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { version: 2 } });
  });

  it.each(['"2"', 'W/"2"', '"1", "2"', '*'])('answers 304 if If-None-Match is %s', async (tag) => {
    const answer = await get('LOOK', { 'if-none-match': tag });
    expect(answer).toMatchObject({ status: 304, headers: { etag: '"2"' }, text: '' });
  });

  it.each(['"1"', '"2-a"', '"3"'])('answers 200 if If-None-Match is %s', async (tag) => {
    expect(await get('LOOK', { 'if-none-match': tag })).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it.each(['"1"', 'W/"2"', '"x"'])('is refused if If-Match is %s', async (tag) => {
    for (const headers of [{ 'if-match': tag }, { 'if-match': tag, 'if-none-match': '"2"' }]) {
      expect(expectProblem(await get('LOOK', headers), '412 VERSION_MISMATCH')['currentVersion']).toBe(2);
    }
  });

  it('answers 200 if If-Match holds, and 304 if If-None-Match does not', async () => {
    expect((await get('LOOK', { 'if-match': '"2"' })).status).toBe(200);
    expect((await get('LOOK', { 'if-match': '*', 'if-none-match': '"2"' })).status).toBe(304);
  });

  it('answers PRODUCT_NOT_FOUND before its conditions', async () => {
    for (const headers of [{ 'if-match': '"1"' }, { 'if-none-match': '*' }]) {
      expectProblem(await get('NONE', headers), '404 PRODUCT_NOT_FOUND');
    }
  });
});

describe('a change of a product', () => {
  it('only registers if If-None-Match is *', async () => {
    const createOnly = { 'if-none-match': '*' };
    expect(await put('NEW', 1, createOnly)).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    const problem = expectProblem(await put('NEW', 2, createOnly), '412 VERSION_MISMATCH');
    expect(problem['currentVersion']).toBe(1);
    // Also if nothing would change.
    expectProblem(await put('NEW', 1, createOnly), '412 VERSION_MISMATCH');
    expect((await get('NEW')).body).toMatchObject({ version: 1, price: { amount: 1 } });
  });

  it.each(['"2"', '"1", "2"', '*'])('is allowed at version 2 if If-Match is %s', async (tag) => {
    const sku = `MATCH-${tag.length}`;
    await atVersionTwo(sku);
    expect(await put(sku, 3, { 'if-match': tag })).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it.each(['"1"', '"999"', 'W/"2"', '"x"'])('is refused at version 2 if If-Match is %s', async (tag) => {
    const sku = `STALE-${tag.replace(/\W/g, '')}`;
    await atVersionTwo(sku);
    const problem = expectProblem(await put(sku, 3, { 'if-match': tag }), '412 VERSION_MISMATCH');
    expect(problem['currentVersion']).toBe(2);
    expect((await get(sku)).body).toMatchObject({ version: 2, price: { amount: 2 } });
  });

  it('registers nothing if If-Match requires an existing product', async () => {
    for (const tag of ['*', '"0"', '"1"']) {
      expectProblem(await put('ABSENT', 1, { 'if-match': tag }), '412 VERSION_MISMATCH');
    }
    expectProblem(await get('ABSENT'), '404 PRODUCT_NOT_FOUND');
  });

  it('is refused if If-None-Match names the version', async () => {
    await atVersionTwo('NAMED');
    expectProblem(await put('NAMED', 3, { 'if-none-match': 'W/"2"' }), '412 VERSION_MISMATCH');
    expect((await put('NAMED', 3, { 'if-none-match': '"1"' })).status).toBe(200);
  });

  it('is refused for its condition after malformed input and before the rules', async () => {
    await atVersionTwo('ORDER');
    expectProblem(await put('ORDER', 1.5, { 'if-match': '"1"' }), '400 VALIDATION_FAILED');
    for (const headers of [{ 'if-match': '1' }, { 'if-none-match': '1' }]) {
      expectProblem(await put('ORDER', 1, headers), '400 INVALID_HEADER');
    }
    expectProblem(await put('ORDER', -1, { 'if-match': '"1"' }), '412 VERSION_MISMATCH');
  });

  it('registers a product once, of many concurrent requests at two processes', async () => {
    const another = await service().startAnother();
    for (let round = 0; round < 10; round += 1) {
      const path = `/v1/products/RACE-${round}`;
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (index % 2 === 0 ? service() : another).http.send('PUT', path, {
            body: bodyAt(index),
            headers: { 'if-none-match': '*' },
          }),
        ),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array<number>(11).fill(412)]);
      expect((await service().http.get<Product>(path)).body.version).toBe(1);
    }
  });

  it('allows one of many concurrent requests with the same version', async () => {
    await atVersionTwo('LOST');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put('LOST', 100 + index, { 'if-match': '"2"' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    expect((await get('LOST')).body.version).toBe(3);
  });

  it('gets the first answer under the same key, even if its condition no longer holds', async () => {
    const headers = { 'if-none-match': '*', 'idempotency-key': 'create KEYED once'.replaceAll(' ', '-') };
    const first = await put('KEYED', 1, headers);
    expect(first.status).toBe(201);
    await put('KEYED', 2);
    const again = await put('KEYED', 1, headers);
    expect(again).toMatchObject({ status: 201, body: first.body, headers: { etag: '"1"' } });
    expect(again.headers['idempotent-replayed']).toBe('true');
  });

  it('stores no refusal under a key, so that a retry may succeed', async () => {
    await atVersionTwo('LATER');
    const headers = { 'if-match': '"3"', 'idempotency-key': 'LATER-1' };
    expectProblem(await put('LATER', 9, headers), '412 VERSION_MISMATCH');
    await put('LATER', 3);
    expect(await put('LATER', 9, headers)).toMatchObject({ status: 200, body: { version: 4 } });
  });
});
