import { newCustomer } from '../support/customers.js';
import type { Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('conditions');

let cart: Cart;
let mug: Item;

beforeEach(async () => {
  await service().shop.stock('MUG-1', 1000);
  cart = await service().shop.open([{ sku: 'MUG-1', quantity: 2 }]);
  [mug] = cart.items as [Item];
});

const add = (ifMatch: string) => service().shop.add(cart.id, { sku: 'MUG-1' }, { 'if-match': ifMatch });

describe('If-Match', () => {
  it.each(['"2"', '"2-5b8f0c9de1a27740"', '"1", "2"', '"7","2" , "8"', '*', ' "2" '])(
    'allows a change of version 2: %s',
    async (ifMatch) => {
      expect(await add(ifMatch)).toMatchObject({ status: 200, body: { version: 3 } });
    },
  );

  it.each(['"1"', '"3"', '"20"', '"02"', '"1", "3"', 'W/"2"', '"1", W/"2"', '"two"', '""', '"-2"'])(
    'refuses a change of version 2: %s',
    async (ifMatch) => {
      const problem = expectProblem(await add(ifMatch), '412 VERSION_MISMATCH');
      expect(problem['currentVersion']).toBe(2);
      expect(await service().shop.cart(cart.id)).toEqual(cart);
    },
  );

  it.each(['2', 'W/2', '"2', '2"', "'2'", '"1" "2"', '"1", 2', '', ',', '*, "2"'])(
    'is refused if it is not a list of entity tags: %s',
    async (ifMatch) => {
      expectProblem(await add(ifMatch), '400 INVALID_HEADER');
    },
  );

  it('applies to every kind of change', async () => {
    const { shop } = service();
    const stale = { 'if-match': '"1"' };
    for (const answer of [
      await shop.add(cart.id, { sku: 'MUG-1' }, stale),
      await shop.changeQuantity(cart.id, mug.id, 3, stale),
      await shop.changeQuantity(cart.id, mug.id, mug.quantity, stale),
      await shop.remove(cart.id, mug.id, stale),
      await shop.clear(cart.id, stale),
      await shop.change(cart.id, [{ op: 'remove', itemId: mug.id }], stale),
      await shop.reprice(cart.id, stale),
      await shop.discard(cart.id, stale),
    ]) {
      expect(expectProblem(answer, '412 VERSION_MISMATCH')['currentVersion']).toBe(2);
    }
    expect(await shop.history(cart.id)).toHaveLength(2);
  });

  it('is checked after existence, and before the rules of the cart', async () => {
    const { shop } = service();
    const stale = { 'if-match': '"1"' };
    expectProblem(await shop.add(cart.id, { sku: 'NONE' }, stale), '404 PRODUCT_NOT_FOUND');
    expectProblem(await shop.remove(cart.id, cart.id, stale), '404 ITEM_NOT_FOUND');
    expectProblem(await shop.add(cart.id, { sku: 'MUG-1', quantity: 0 }, stale), '412 VERSION_MISMATCH');
    expectProblem(await shop.changeQuantity(cart.id, mug.id, -1, stale), '412 VERSION_MISMATCH');
  });

  it('is refused for a malformed header before a malformed body', async () => {
    const parts = { headers: { 'if-match': '2' }, body: { sku: 'MUG-1', quantity: 'many' } };
    expectProblem(
      await service().http.send('POST', `/v1/carts/${cart.id}/items`, parts),
      '400 INVALID_HEADER',
    );
  });
});

describe('If-Match on a GET', () => {
  it.each(['"2"', '"2-5b8f0c9de1a27740"', '"1", "2"', '*'])('allows it: %s', async (ifMatch) => {
    for (const path of [`/v1/carts/${cart.id}`, `/v1/carts/${cart.id}/items`]) {
      expect((await service().http.get(path, { 'if-match': ifMatch })).status).toBe(200);
    }
  });

  it.each(['"1"', '"3"', 'W/"2"', '"two"'])('refuses it: %s', async (ifMatch) => {
    for (const path of [`/v1/carts/${cart.id}`, `/v1/carts/${cart.id}/items`]) {
      for (const headers of [{ 'if-match': ifMatch }, { 'if-match': ifMatch, 'if-none-match': '"2"' }]) {
        const problem = expectProblem(await service().http.get(path, headers), '412 VERSION_MISMATCH');
        expect(problem['currentVersion']).toBe(2);
      }
    }
  });

  it('compares with the requested version', async () => {
    const path = `/v1/carts/${cart.id}?version=1`;
    expect((await service().http.get(path, { 'if-match': '"1"' })).status).toBe(200);
    expectProblem(await service().http.get(path, { 'if-match': '"2"' }), '412 VERSION_MISMATCH');
  });

  it('is checked after CART_NOT_FOUND', async () => {
    const path = `/v1/carts/${mug.id}`;
    expectProblem(await service().http.get(path, { 'if-match': '"2"' }), '404 CART_NOT_FOUND');
  });
});

describe('If-None-Match on a change', () => {
  it.each(['*', '"2"', 'W/"2"', '"2-5b8f0c9de1a27740"', '"1", "2"'])(
    'refuses every kind of change of version 2: %s',
    async (ifNoneMatch) => {
      const { shop, http } = service();
      const headers = { 'if-none-match': ifNoneMatch };
      for (const answer of [
        await shop.add(cart.id, { sku: 'MUG-1' }, headers),
        await shop.changeQuantity(cart.id, mug.id, 3, headers),
        await shop.remove(cart.id, mug.id, headers),
        await shop.clear(cart.id, headers),
        await shop.change(cart.id, [{ op: 'remove', itemId: mug.id }], headers),
        await shop.reprice(cart.id, headers),
        await shop.discard(cart.id, headers),
        await http.send('POST', `/v1/carts/${cart.id}/claims`, { headers }),
      ]) {
        expect(expectProblem(answer, '412 VERSION_MISMATCH')['currentVersion']).toBe(2);
      }
      expect(await shop.history(cart.id)).toHaveLength(2);
    },
  );

  it.each(['"1"', '"3", "20"', '"two"'])('allows a change: %s', async (ifNoneMatch) => {
    const answer = await service().shop.add(cart.id, { sku: 'MUG-1' }, { 'if-none-match': ifNoneMatch });
    expect(answer).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it('is checked after existence, and before the rules of the cart', async () => {
    const { shop } = service();
    const headers = { 'if-none-match': '*' };
    expectProblem(await shop.add(mug.id, { sku: 'MUG-1' }, headers), '404 CART_NOT_FOUND');
    expectProblem(await shop.add(cart.id, { sku: 'NONE' }, headers), '404 PRODUCT_NOT_FOUND');
    expectProblem(await shop.add(cart.id, { sku: 'MUG-1', quantity: 0 }, headers), '412 VERSION_MISMATCH');
    expectProblem(await shop.add(cart.id, { sku: 'MUG-1' }, { 'if-none-match': '2' }), '400 INVALID_HEADER');
    await shop.discard(cart.id);
    expectProblem(await shop.add(cart.id, { sku: 'MUG-1' }, headers), '409 CART_CLOSED');
  });
});

describe("conditions on a customer's open cart", () => {
  const provide = (headers: Headers, currency = 'EUR') =>
    service().http.send<Cart>('PUT', '/v1/me/cart', { headers, body: { currency } });

  it('with If-None-Match: * only open a cart', async () => {
    const { headers } = newCustomer();
    const createOnly = { ...headers, 'if-none-match': '*' };
    expect((await provide(createOnly)).status).toBe(201);
    expect(expectProblem(await provide(createOnly), '412 VERSION_MISMATCH')['currentVersion']).toBe(1);
    expect((await provide(headers)).status).toBe(200);
  });

  it('with If-Match only return an existing cart', async () => {
    const { headers } = newCustomer();
    expectProblem(await provide({ ...headers, 'if-match': '*' }), '412 VERSION_MISMATCH');
    expect((await provide(headers)).status).toBe(201);
    expect((await provide({ ...headers, 'if-match': '"1"' })).status).toBe(200);
    expectProblem(await provide({ ...headers, 'if-match': '"2"' }), '412 VERSION_MISMATCH');
  });
});

describe('Prefer', () => {
  const minimal = { prefer: 'return=minimal' };

  it('return=minimal answers a change with the version alone, and the same status and tag', async () => {
    const { shop, http } = service();
    const opened = await http.send<Cart>('POST', '/v1/carts', {
      body: { currency: 'EUR' },
      headers: minimal,
    });
    const { id } = opened.body;
    expect(opened).toMatchObject({ status: 201, headers: { location: `/v1/carts/${id}`, etag: '"1"' } });
    expect(opened.body).toEqual({ id, version: 1, token: expect.any(String) as string });

    const added = await shop.add(id, { sku: 'MUG-1', quantity: 2 }, minimal);
    expect(added).toMatchObject({
      status: 201,
      headers: { etag: '"2"', 'preference-applied': 'return=minimal' },
    });
    expect(added.body).toEqual({ id, version: 2 });
    const { items } = await shop.cart(id, 2);
    const itemId = items[0]?.id ?? '';
    for (const [answer, version] of [
      [await shop.add(id, { sku: 'MUG-1' }, minimal), 3],
      [await shop.changeQuantity(id, itemId, 5, minimal), 4],
      [await shop.change(id, [{ op: 'change', itemId, quantity: 6 }], minimal), 5],
      [await shop.remove(id, itemId, minimal), 6],
      [await shop.clear(id, minimal), 6],
      [await shop.reprice(id, minimal), 6],
    ] as const) {
      expect(answer).toMatchObject({ status: 200, headers: { 'preference-applied': 'return=minimal' } });
      expect(answer.body).toEqual({ id, version });
    }
  });

  it.each(['return=representation', 'respond-async', 'minimal', 'x'.repeat(1000)])(
    'with any other value is ignored: %s',
    async (prefer) => {
      const answer = await service().shop.add(cart.id, { sku: 'MUG-1' }, { prefer });
      expect(answer).toMatchObject({ status: 200, body: { quantity: 3 } });
      expect(answer.headers).not.toHaveProperty('preference-applied');
    },
  );
});
