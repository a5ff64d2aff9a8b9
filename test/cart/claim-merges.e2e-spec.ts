import { AS_ADMIN } from '../support/credentials.js';
import { claim, customersCart, guestsCart, newCustomer } from '../support/customers.js';
import { unchanged } from '../support/event-count.js';
import { expectHistoryOf } from '../support/fold-history.js';
import { expectProblem } from '../support/problem.js';
import type { Headers } from '../support/http-client.js';
import type { Cart, HistoryEvent } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('claim_merges');

const MUGS = { sku: 'MUG-1', quantity: 2 };
const TEAS = { sku: 'TEA-1', quantity: 3 };

beforeAll(async () => {
  const { shop } = service();
  await shop.stockAll(['MUG-1', 'TEA-1', 'GONE-1'], 1000);
  await shop.stock('USD-1', 100, { price: { amount: 100, currency: 'USD' } });
});

const quantitiesOf = ({ items }: Cart) => items.map(({ sku, quantity }) => [sku, quantity]);

type Customer = ReturnType<typeof newCustomer>;

/** The merged cart belongs to the customer, keeps its items, and takes no changes from anybody. */
async function expectClosed(cart: Cart, token: Headers, { name, headers }: Customer): Promise<void> {
  const { shop } = service();
  const closed = (await shop.look(cart.id, { ...headers, 'x-min-version': '4' })).body;
  expect(closed).toMatchObject({ status: 'merged', customerId: name, version: 4, notices: [] });
  expect(closed.items).toEqual(cart.items);
  for (const caller of [headers, AS_ADMIN]) {
    expectProblem(await shop.add(cart.id, MUGS, caller), '409 CART_CLOSED');
    expectProblem(await shop.discard(cart.id, caller), '409 CART_CLOSED');
  }
  expectProblem(await shop.add(cart.id, MUGS, token), '404 CART_NOT_FOUND');
  expectProblem(await shop.look(cart.id, token), '404 CART_NOT_FOUND');
}

/** The events in both carts are caused by the claim and follow each other in the log. */
async function expectOneAppend(own: Cart, cart: Cart, { name, headers }: Customer): Promise<void> {
  const of = async (id: string) =>
    (await service().http.get<{ events: HistoryEvent[] }>(`/v1/carts/${id}/events`, headers)).body.events;
  expectHistoryOf(own, await of(own.id));
  const [mugs, teas] = (await of(own.id)).slice(-2);
  const [merged] = (await of(cart.id)).slice(-1);
  const done = { correlationId: `claim-of-${cart.id}`, actor: { type: 'customer', id: name } };
  for (const event of [mugs, teas]) expect(event).toMatchObject({ type: 'cart.item-added', ...done });
  const data = { cartId: cart.id, customerId: name, intoCartId: own.id, intoBefore: 2, intoAfter: 4 };
  expect(merged).toMatchObject({ type: 'cart.merged', ...done, data });
  const positions = [mugs, teas, merged].map((event) => event?.position ?? 0).sort((a, b) => a - b);
  expect((positions[2] ?? 0) - (positions[0] ?? 0)).toBe(2);
}

describe("a guest's cart, claimed by a customer with an open cart", () => {
  it('is merged into the open cart in one append, with a report, and is closed', async () => {
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

    await expectClosed(cart, token, { name, headers });
    await expectOneAppend(answer.body.cart, cart, { name, headers });
  });

  it('leaves behind what does not fit, and reports it', async () => {
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

  it('moves products that are no longer for sale, with the newer price', async () => {
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

  it("becomes the customer's if the other cart was discarded or merged before", async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    await shop.discard(own.id, headers);
    const { cart, token } = await guestsCart(http, [TEAS]);
    const { body } = await claim(http, cart.id, { ...token, ...headers });
    expect(body).toMatchObject({ cart: { id: cart.id }, merged: [] });
  });

  it('is unchanged if the open cart has another currency', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    await customersCart(http, headers);
    const { cart, token } = await guestsCart(http, [{ sku: 'USD-1', quantity: 1 }], 'USD');
    const refused = await unchanged(service(), () => claim(http, cart.id, { ...token, ...headers }));
    expect(expectProblem(refused, '422 CURRENCY_MISMATCH')).toMatchObject({
      claimedCurrency: 'USD',
      cartCurrency: 'EUR',
    });
    expect((await shop.add(cart.id, { sku: 'USD-1' }, token)).status).toBe(200);
  });
});
