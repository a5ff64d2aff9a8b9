import { Client } from 'pg';
import { claim, customersCart, guestsCart, newCustomer } from '../support/customers.js';
import { unchanged } from '../support/event-count.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('claims');

const MUGS = { sku: 'MUG-1', quantity: 2 };
const TEAS = { sku: 'TEA-1', quantity: 3 };

beforeAll(async () => {
  await service().shop.stockAll(['MUG-1', 'TEA-1'], 1000);
});

const quantitiesOf = ({ items }: Cart) => items.map(({ sku, quantity }) => [sku, quantity]);

describe("a guest's cart, claimed by a customer without an open cart", () => {
  it("becomes the customer's unchanged, and no longer opens to its token", async () => {
    const { http, shop } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    await shop.cart(cart.id);
    const { name, headers } = newCustomer();
    const answer = await claim(http, cart.id, { ...token, ...headers });
    const { updatedAt } = answer.body.cart;
    expect(answer).toMatchObject({ status: 200, body: { merged: [] } });
    expect(answer.body.cart).toEqual({ ...cart, version: 3, customerId: name, updatedAt });

    const { id } = cart;
    for (const refused of [
      await shop.look(id, token),
      await shop.look(id, { ...token, 'x-min-version': '1' }),
      await http.get(`/v1/carts/${id}/items`, token),
      await http.get(`/v1/carts/${id}/events`, token),
      await shop.look(`${id}?version=1`, token),
      await shop.add(id, MUGS, token),
      await shop.discard(id, token),
    ]) {
      expectProblem(refused, '404 CART_NOT_FOUND');
    }
    const shown = await shop.look(cart.id, { ...headers, 'x-min-version': '3' });
    expect(shown.body).toEqual(answer.body.cart);
  });

  it('no longer opens to its token after the answer, even if the view still shows a guest’s cart', async () => {
    const { http, shop } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    await shop.look(cart.id, { ...token, 'x-min-version': '2' });
    await service().viewsCatchUp();
    const client = new Client({ connectionString: service().queryDatabaseUrl });
    await client.connect();
    await client.query(`BEGIN; SELECT FROM checkpoint WHERE name = 'carts' FOR UPDATE`);
    const { headers } = newCustomer();
    expect((await claim(http, cart.id, { ...token, ...headers })).status).toBe(200);
    const { rows } = await client.query<object>('SELECT customer_id FROM carts WHERE cart_id = $1', [
      cart.id,
    ]);
    expect(rows).toEqual([{ customer_id: null }]);
    expectProblem(await shop.look(cart.id, token), '404 CART_NOT_FOUND');
    expectProblem(await http.get(`/v1/carts/${cart.id}/items`, token), '404 CART_NOT_FOUND');
    const waiting = shop.look(cart.id, headers);
    await client.end();
    expect(await waiting).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it('shows the claim and the claimer in its history, and is listed for its customer', async () => {
    const { http, shop } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    const { name, headers } = newCustomer();
    await claim(http, cart.id, { ...token, ...headers });
    const { body } = await http.get<{ events: object[] }>(`/v1/carts/${cart.id}/events`, headers);
    expect(body.events.at(-1)).toMatchObject({
      type: 'cart.claimed',
      version: 3,
      actor: { type: 'customer', id: name },
      data: { cartId: cart.id, customerId: name },
    });
    await shop.look(cart.id, { ...headers, 'x-min-version': '3' });
    const listed = await eventually(
      'the list to show it',
      () => http.get<{ carts: Cart[] }>(`/v1/carts?customerId=${encodeURIComponent(name)}`),
      ({ body: { carts } }) => carts.length > 0,
    );
    expect(listed.body.carts).toMatchObject([
      { id: cart.id, version: 3, status: 'active', customerId: name },
    ]);
  });

  it('may be empty. Opening another cart is then refused, and the next claim is merged into it', async () => {
    const { http, shop } = service();
    const [first, next] = [await guestsCart(http), await guestsCart(http, [TEAS])];
    const { headers } = newCustomer();
    expect((await claim(http, first.cart.id, { ...first.token, ...headers })).status).toBe(200);
    const another = await http.send('POST', '/v1/carts', { body: { currency: 'EUR' }, headers });
    expect(expectProblem(another, '409 ACTIVE_CART_EXISTS')['cartId']).toBe(first.cart.id);
    expect((await shop.add(first.cart.id, MUGS, headers)).status).toBe(201);
    const { body } = await claim(http, next.cart.id, { ...next.token, ...headers });
    expect(body.cart.id).toBe(first.cart.id);
    expect(quantitiesOf(body.cart)).toEqual([
      ['MUG-1', 2],
      ['TEA-1', 3],
    ]);
  });
});

describe('a repeated claim', () => {
  it('gets the first answer and changes nothing, even if the cart has changed since', async () => {
    const { http, shop } = service();
    for (const ownItems of [undefined, [MUGS]]) {
      const { headers } = newCustomer();
      if (ownItems) await customersCart(http, headers, ownItems);
      const { cart, token } = await guestsCart(http, [MUGS, TEAS]);
      const first = await claim(http, cart.id, { ...token, ...headers });
      const again = () => claim(http, cart.id, { ...token, ...headers });
      expect((await unchanged(service(), again)).body).toEqual(first.body);
      await shop.add(first.body.cart.id, TEAS, headers);
      expect((await unchanged(service(), again)).body).toEqual(first.body);
      expect((await unchanged(service(), () => claim(http, cart.id, headers))).body).toEqual(first.body);
      await shop.discard(first.body.cart.id, headers);
      expect((await unchanged(service(), again)).body).toEqual(first.body);
      const stranger = { ...token, ...newCustomer().headers };
      expectProblem(await unchanged(service(), () => claim(http, cart.id, stranger)), '404 CART_NOT_FOUND');
    }
  });
});
