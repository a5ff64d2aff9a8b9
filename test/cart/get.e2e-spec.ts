import { expectProblem } from '../support/problem.js';
import type { Cart, Item } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('get');

let cart: Cart;

beforeEach(async () => {
  await service().shop.stock('MUG-1', 1000);
  cart = await service().shop.open([{ sku: 'MUG-1', quantity: 2, options: { colour: 'blue' } }]);
});

const items = (headers: Record<string, string> = {}) =>
  service().http.get<{ items: Item[] }>(`/v1/carts/${cart.id}/items`, headers);

describe('GET /carts/{cartId}', () => {
  it('shows the cart as the last change answered it', async () => {
    const shown = await service().shop.look(cart.id);
    expect(shown).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(shown.headers['content-type']).toMatch(/^application\/json\b/);
    expect(shown.body).toEqual(cart);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const { headers } = await service().shop.look(cart.id);
    const head = await service().http.send('HEAD', `/v1/carts/${cart.id}`);
    expect(head).toMatchObject({ status: 200, text: '' });
    for (const name of ['etag', 'content-type', 'content-length'])
      expect(head.headers[name]).toBe(headers[name]);
  });

  it('answers 304 without a body to a caller that has the cart already', async () => {
    for (const known of ['"2"', 'W/"2"', '"1", "2"', '*']) {
      const answer = await service().shop.look(cart.id, { 'if-none-match': known });
      expect(answer).toMatchObject({ status: 304, text: '', headers: { etag: '"2"' } });
    }
    for (const unknown of ['"1"', '"2-x"', '"20"', 'W/"1"']) {
      expect(await service().shop.look(cart.id, { 'if-none-match': unknown })).toMatchObject({ status: 200 });
    }
    expectProblem(await service().shop.look(cart.id, { 'if-none-match': '2' }), '400 INVALID_HEADER');
  });

  it('shows each acknowledged change without X-Min-Version', async () => {
    for (let times = 0; times < 50; times += 1) {
      const { body } = await service().shop.add(cart.id, { sku: 'MUG-1' });
      expect(await service().shop.cart(cart.id, body.version)).toEqual(body);
    }
    for (let times = 0; times < 25; times += 1) {
      const opened = await service().shop.open();
      expect((await service().shop.look(opened.id)).body).toEqual(opened);
    }
  });
});

describe('GET /carts/{cartId}/items', () => {
  it('shows the items of the cart', async () => {
    const shown = await items();
    expect(shown).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(shown.body).toEqual({ items: cart.items });
    expect(cart.items).toHaveLength(1);
  });

  it('waits for X-Min-Version, and answers 304 to a caller that has the version', async () => {
    const { body } = await service().shop.add(cart.id, { sku: 'MUG-1' });
    const shown = await items({ 'x-min-version': String(body.version) });
    expect(shown.body).toEqual({ items: body.items });
    expect(await items({ 'if-none-match': '"3"' })).toMatchObject({ status: 304, text: '' });
  });

  it('answers 404 for an unknown cart', async () => {
    for (const cartId of ['01a20748-0000-7000-8000-000000000000', 'no-uuid', cart.items[0]?.id]) {
      expectProblem(await service().http.get(`/v1/carts/${String(cartId)}/items`), '404 CART_NOT_FOUND');
    }
  });
});
