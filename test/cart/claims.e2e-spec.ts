import { Client } from 'pg';
import { AS_ADMIN, AS_SERVICE } from '../support/credentials.js';
import { claim, customersCart, guestsCart, newCustomer } from '../support/customers.js';
import { eventCount } from '../support/event-count.js';
import { eventually } from '../support/eventually.js';
import { expectHistoryOf } from '../support/fold-history.js';
import type { Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('claims');

const MUGS = { sku: 'MUG-1', quantity: 2 };
const TEAS = { sku: 'TEA-1', quantity: 3 };
const WRONG = { 'x-cart-token': 'A'.repeat(43) };

beforeAll(async () => {
  const { shop } = service();
  await shop.stockAll(['MUG-1', 'TEA-1', 'GONE-1'], 1000);
  await shop.stock('USD-1', 100, { price: { amount: 100, currency: 'USD' } });
});

const events = () => eventCount(service().commandDatabaseUrl);
const quantitiesOf = ({ items }: Cart) => items.map(({ sku, quantity }) => [sku, quantity]);

/** Sends a request that must change nothing at all. */
async function unchanged<T>(ask: () => Promise<T>): Promise<T> {
  const before = await events();
  const answer = await ask();
  expect(await events()).toBe(before);
  return answer;
}

describe("a guest's cart that a customer claims who has none", () => {
  it('becomes theirs as it is, and no longer opens to its token', async () => {
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

  it('is shut to its token from the answer on, though the view still shows it as a guest’s', async () => {
    const { http, shop } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    await shop.look(cart.id, { ...token, 'x-min-version': '2' });
    const client = new Client({ connectionString: service().queryDatabaseUrl });
    await client.connect();
    await client.query(`BEGIN; SELECT FROM checkpoint WHERE name = 'cart-details' FOR UPDATE`);
    const { headers } = newCustomer();
    expect((await claim(http, cart.id, { ...token, ...headers })).status).toBe(200);
    const { rows } = await client.query<object>('SELECT customer_id FROM cart_details WHERE cart_id = $1', [
      cart.id,
    ]);
    expect(rows).toEqual([{ customer_id: null }]);
    expectProblem(await shop.look(cart.id, token), '404 CART_NOT_FOUND');
    expectProblem(await http.get(`/v1/carts/${cart.id}/items`, token), '404 CART_NOT_FOUND');
    const waiting = shop.look(cart.id, headers);
    await client.end();
    expect(await waiting).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it('is told so in its history, by whom, and found in the list by its customer', async () => {
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

  it('may be empty, and goes on as theirs: another cart is refused, and the next one is merged into it', async () => {
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

describe("a guest's cart that a customer claims who has an open one", () => {
  it('is merged into that, in one go, with a report, and is closed for everybody', async () => {
    const { http, shop } = service();
    const { name, headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    const { cart, token } = await guestsCart(http, [{ ...MUGS, quantity: 5 }, TEAS]);
    const answer = await claim(http, cart.id, {
      ...token,
      ...headers,
      'x-request-id': `claim-of-${cart.id}`,
    });
    expect(answer.status).toBe(200);
    expect(answer.body.merged).toEqual([
      { sku: 'MUG-1', options: {}, from: 5, into: 2, result: 7 },
      { sku: 'TEA-1', options: {}, from: 3, into: 0, result: 3 },
    ]);
    expect(answer.body.cart).toMatchObject({ id: own.id, version: 4, customerId: name, status: 'active' });
    expect(quantitiesOf(answer.body.cart)).toEqual([
      ['MUG-1', 7],
      ['TEA-1', 3],
    ]);
    expect((await shop.look(own.id, { ...headers, 'x-min-version': '4' })).body).toEqual(answer.body.cart);

    const closed = (await shop.look(cart.id, { ...headers, 'x-min-version': '4' })).body;
    expect(closed).toMatchObject({ status: 'merged', customerId: name, version: 4, notices: [] });
    expect(closed.items).toEqual(cart.items);
    for (const caller of [headers, AS_ADMIN]) {
      expectProblem(await shop.add(cart.id, MUGS, caller), '409 CART_CLOSED');
      expectProblem(await shop.discard(cart.id, caller), '409 CART_CLOSED');
    }
    expectProblem(await shop.add(cart.id, MUGS, token), '404 CART_NOT_FOUND');
    expectProblem(await shop.look(cart.id, token), '404 CART_NOT_FOUND');

    const of = async (id: string) => {
      const { body } = await http.get<{ events: Awaited<ReturnType<typeof shop.history>> }>(
        `/v1/carts/${id}/events`,
        headers,
      );
      return body.events;
    };
    expectHistoryOf(answer.body.cart, await of(own.id));
    const [mugs, teas] = (await of(own.id)).slice(-2);
    const [merged] = (await of(cart.id)).slice(-1);
    const done = { correlationId: `claim-of-${cart.id}`, actor: { type: 'customer', id: name } };
    for (const event of [mugs, teas]) expect(event).toMatchObject({ type: 'cart.item-added', ...done });
    expect(merged).toMatchObject({
      type: 'cart.merged',
      ...done,
      data: { cartId: cart.id, customerId: name, intoCartId: own.id, intoBefore: 2, intoAfter: 4 },
    });
    const positions = [mugs, teas, merged].map((event) => event?.position ?? 0).sort((a, b) => a - b);
    expect((positions[2] ?? 0) - (positions[0] ?? 0)).toBe(2);
  });

  it('leaves what does not fit behind, and says so', async () => {
    const { http } = service();
    const { headers } = newCustomer();
    await customersCart(http, headers, [{ ...MUGS, quantity: 999_990 }]);
    const { cart, token } = await guestsCart(http, [{ ...MUGS, quantity: 20 }, TEAS]);
    const { body } = await claim(http, cart.id, { ...token, ...headers });
    expect(body.merged).toMatchObject([
      { from: 20, into: 999_990, result: 999_999 },
      { from: 3, into: 0, result: 3 },
    ]);
  });

  it('brings products along that are no longer for sale, and the price that was caught later', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    const { cart, token } = await guestsCart(http, [{ sku: 'GONE-1', quantity: 1 }]);
    await shop.stock('GONE-1', 1000, { active: false });
    await shop.stock('MUG-1', 1500);
    await shop.add(cart.id, MUGS, token);
    await shop.stock('MUG-1', 1000);
    const { status, body } = await claim(http, cart.id, { ...token, ...headers });
    expect([status, quantitiesOf(body.cart)]).toEqual([
      200,
      [
        ['MUG-1', 4],
        ['GONE-1', 1],
      ],
    ]);
    const [mug, gone] = body.cart.items;
    expect(mug).toMatchObject({ id: own.items[0]?.id, unitPrice: { amount: 1500 } });
    expect(body.cart.notices).toMatchObject([
      { code: 'PRICE_CHANGED', itemId: mug?.id, current: { amount: 1000 } },
      { code: 'UNAVAILABLE', itemId: gone?.id },
    ]);
    await shop.stock('GONE-1', 1000);
  });

  it('becomes theirs where that one was discarded or merged before', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    await shop.discard(own.id, headers);
    const { cart, token } = await guestsCart(http, [TEAS]);
    const { body } = await claim(http, cart.id, { ...token, ...headers });
    expect(body).toMatchObject({ cart: { id: cart.id }, merged: [] });
  });

  it('stays as it was where the other one has another currency', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    await customersCart(http, headers);
    const { cart, token } = await guestsCart(http, [{ sku: 'USD-1', quantity: 1 }], 'USD');
    const refused = await unchanged(() => claim(http, cart.id, { ...token, ...headers }));
    expect(expectProblem(refused, '422 CURRENCY_MISMATCH')).toMatchObject({
      claimedCurrency: 'USD',
      cartCurrency: 'EUR',
    });
    expect((await shop.add(cart.id, { sku: 'USD-1' }, token)).status).toBe(200);
  });
});

describe('a claim that comes again', () => {
  it('is answered as the first time and changes nothing, whatever has happened since', async () => {
    const { http, shop } = service();
    for (const ownItems of [undefined, [MUGS]]) {
      const { headers } = newCustomer();
      if (ownItems) await customersCart(http, headers, ownItems);
      const { cart, token } = await guestsCart(http, [MUGS, TEAS]);
      const first = await claim(http, cart.id, { ...token, ...headers });
      const again = () => claim(http, cart.id, { ...token, ...headers });
      expect((await unchanged(again)).body).toEqual(first.body);
      await shop.add(first.body.cart.id, TEAS, headers);
      expect((await unchanged(again)).body).toEqual(first.body);
      expect((await unchanged(() => claim(http, cart.id, headers))).body).toEqual(first.body);
      await shop.discard(first.body.cart.id, headers);
      expect((await unchanged(again)).body).toEqual(first.body);
      const stranger = { ...token, ...newCustomer().headers };
      expectProblem(await unchanged(() => claim(http, cart.id, stranger)), '404 CART_NOT_FOUND');
    }
  });
});

describe('who claims what', () => {
  interface Case {
    readonly who: () => Headers;
    readonly outcome: string;
  }
  const cases: Record<string, Case> = {
    'nobody at all': { who: () => ({ authorization: null }), outcome: '401 UNAUTHENTICATED' },
    'a customer without the token': { who: () => newCustomer().headers, outcome: '404 CART_NOT_FOUND' },
    'a customer with a wrong token': {
      who: () => ({ ...newCustomer().headers, ...WRONG }),
      outcome: '404 CART_NOT_FOUND',
    },
    'an admin, who is no customer': { who: () => ({ ...AS_ADMIN }), outcome: '403 FORBIDDEN' },
    'a service, which is no customer': { who: () => ({ ...AS_SERVICE }), outcome: '403 FORBIDDEN' },
  };
  it.each(Object.entries(cases))('%s', async (_name, { who, outcome }) => {
    const { http } = service();
    const { cart } = await guestsCart(http, [MUGS]);
    expectProblem(await unchanged(() => claim(http, cart.id, who())), outcome);
  });

  it('staff cannot claim with the token either, and a guest cannot without a JWT', async () => {
    const { http } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    expectProblem(await unchanged(() => claim(http, cart.id, token)), '401 UNAUTHENTICATED');
    expectProblem(await unchanged(() => claim(http, cart.id, { ...token, ...AS_ADMIN })), '403 FORBIDDEN');
  });

  it('a cart that there never was, one of another customer, and a discarded one', async () => {
    const { http, shop } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    const { headers } = newCustomer();
    const unknown = cart.id.replace(/^.{8}/, '00000000');
    expectProblem(await claim(http, unknown, { ...token, ...headers }), '404 CART_NOT_FOUND');
    expectProblem(await claim(http, 'none', { ...token, ...headers }), '404 CART_NOT_FOUND');
    const foreign = await customersCart(http, newCustomer().headers, [MUGS]);
    expectProblem(await claim(http, foreign.id, { ...token, ...headers }), '404 CART_NOT_FOUND');
    await shop.discard(cart.id, token);
    for (const ifMatch of ['*', '"1"']) {
      const caller = { ...token, ...headers, 'if-match': ifMatch };
      expectProblem(await unchanged(() => claim(http, cart.id, caller)), '409 CART_CLOSED');
    }
  });

  it('a cart that is their own from the beginning: it is, so nothing happens', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    for (const caller of [headers, { ...headers, ...WRONG }]) {
      const answer = await unchanged(() => claim(http, own.id, caller));
      expect(answer).toMatchObject({ status: 200, body: { cart: own, merged: [] } });
    }
    await shop.discard(own.id, headers);
    expectProblem(await claim(http, own.id, headers), '409 CART_CLOSED');
  });

  it('a cart at the version that they name, and no other', async () => {
    const { http } = service();
    const { headers } = newCustomer();
    const { cart, token } = await guestsCart(http, [MUGS]);
    const at = (version: number) =>
      claim(http, cart.id, { ...token, ...headers, 'if-match': `"${version}"` });
    const stale = expectProblem(await unchanged(() => at(1)), '412 VERSION_MISMATCH');
    expect(stale['currentVersion']).toBe(2);
    expect((await at(2)).status).toBe(200);
    expectProblem(await unchanged(() => at(2)), '412 VERSION_MISMATCH');
    expect((await unchanged(() => at(3))).status).toBe(200);
  });

  it('with a body that has fields it is refused, with none it is not', async () => {
    const { http } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    const headers = { ...token, ...newCustomer().headers };
    const target = `/v1/carts/${cart.id}/claims`;
    expectProblem(await http.send('POST', target, { headers, body: { x: 1 } }), '400 VALIDATION_FAILED');
    expect((await http.send('POST', target, { headers })).status).toBe(200);
  });
});
