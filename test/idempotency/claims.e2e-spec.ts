import { randomUUID } from 'node:crypto';
import { claim, customersCart, guestsCart, myCart, newCustomer } from '../support/customers.js';
import { eventCount } from '../support/event-count.js';
import type { Answer } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Service } from '../support/service.js';
import { useService } from '../support/use-service.js';
import { gist, inTurn, isReplayed, keyed } from './keys.js';

const service = useService('idempotent_claims');
let another: Service;

const MUGS = { sku: 'MUG-1', quantity: 2 };
const MANY = 60;

beforeAll(async () => {
  await service().shop.stockAll(['MUG-1', 'TEA-1']);
  another = await service().startAnother();
});

const count = () => eventCount(service().commandDatabaseUrl);

/** Sends a request many times at once, to two processes; all must have one answer, and one of them is no repeat. */
async function oneAnswer<T>(send: (to: Service) => Promise<Answer<T>>): Promise<Answer<T>> {
  const to = [service(), another];
  const answers = await Promise.all(Array.from({ length: MANY }, (_, index) => send(inTurn(to, index))));
  const first = inTurn(answers, 0);
  for (const answer of answers) expect(gist(answer)).toEqual(gist(first));
  expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
  return first;
}

/** Sends a request once more: it must be answered as before, and write nothing. */
async function unchanged<T>(before: Answer<T>, send: () => Promise<Answer<T>>): Promise<void> {
  const events = await count();
  const repeat = await send();
  expect(gist(repeat)).toEqual(gist(before));
  expect(isReplayed(repeat)).toBe(true);
  expect(await count()).toBe(events);
}

describe('a claim under a key', () => {
  it.each([
    ['makes the cart the customer’s', false, 1],
    ['merges it into the customer’s cart', true, 2],
  ])('%s once, though many ask for it, and is answered as at first later on', async (_what, has, written) => {
    const { headers } = newCustomer();
    if (has) await customersCart(service().http, headers, [MUGS]);
    const { cart, token } = await guestsCart(service().http, [MUGS]);
    const before = await count();
    const sent = { ...token, ...headers, ...keyed() };
    const answer = await oneAnswer(({ http }) => claim(http, cart.id, sent));
    expect(answer).toMatchObject({ status: 200, body: { cart: { quantity: has ? 4 : 2 } } });
    // The customer has been given a cart, where there was none: that is an event, too.
    expect((await count()) - before).toBe(has ? written : written + 1);
    await service().shop.add(answer.body.cart.id, { sku: 'TEA-1' }, headers);
    await unchanged(answer, () => claim(service().http, cart.id, sent));
  });

  it('of a cart that already was the customer’s gets the first answer, although the cart has changed since', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const { id } = await customersCart(http, headers, [MUGS]);
    const sent = { 'x-cart-token': 'of no cart', ...headers, ...keyed() };
    const answer = await claim(http, id, sent);
    expect(answer).toMatchObject({ status: 200, body: { cart: { version: 2, quantity: 2 }, merged: [] } });
    await shop.add(id, { sku: 'TEA-1' }, headers);
    await unchanged(answer, () => claim(http, id, sent));
    expect((await claim(http, id, { ...sent, ...keyed() })).body.cart).toMatchObject({ version: 3 });
  });

  it('is refused for good if the currencies differ', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers);
    const { cart, token } = await guestsCart(http, [], 'USD');
    const sent = { ...token, ...headers, ...keyed() };
    const answer = await oneAnswer((to) => claim(to.http, cart.id, sent));
    expectProblem(answer, '422 CURRENCY_MISMATCH');
    await shop.discard(own.id, headers);
    await unchanged(answer, () => claim(http, cart.id, sent));
    expect((await claim(http, cart.id, { ...sent, ...keyed() })).status).toBe(200);
  });

  it('is another request for another cart or customer, under the same key', async () => {
    const { http } = service();
    const key = keyed('sign-in');
    const [anna, bert] = [newCustomer().headers, newCustomer().headers];
    const carts = [await guestsCart(http, [MUGS]), await guestsCart(http, [MUGS])] as const;
    for (const { cart, token } of carts) {
      const answer = await claim(http, cart.id, { ...token, ...anna, ...key });
      expect([answer.status, isReplayed(answer)]).toEqual([200, false]);
    }
    const [{ cart, token }] = carts;
    expectProblem(await claim(http, cart.id, { ...token, ...bert, ...key }), '404 CART_NOT_FOUND');
  });
});

describe('PUT /me/cart under a key', () => {
  it('opens one cart for many requests, and repeats the first answer when that is discarded', async () => {
    const { headers } = newCustomer();
    const sent = { ...headers, ...keyed() };
    const before = await count();
    const answer = await oneAnswer(({ http }) => myCart(http, sent));
    expect(answer).toMatchObject({ status: 201, headers: { location: `/v1/carts/${answer.body.id}` } });
    expect((await count()) - before).toBe(2);
    await service().shop.add(answer.body.id, MUGS, headers);
    await unchanged(answer, () => myCart(service().http, sent));
    await service().shop.discard(answer.body.id, headers);
    await unchanged(answer, () => myCart(service().http, sent));
  });

  it('returns the existing cart, and a repeat returns it as it was', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const { id } = await customersCart(http, headers, [MUGS]);
    const sent = { ...headers, ...keyed() };
    const answer = await oneAnswer((to) => myCart(to.http, sent));
    expect(answer).toMatchObject({ status: 200, body: { id, version: 2 } });
    await shop.add(id, MUGS, headers);
    await unchanged(answer, () => myCart(http, sent));
  });

  it('is refused for another currency under the same key, and changes nothing', async () => {
    const { http } = service();
    const { headers } = newCustomer();
    const sent = { ...headers, ...keyed(`"${randomUUID()}"`) };
    const answer = await myCart(http, sent);
    const before = await count();
    expectProblem(await myCart(http, sent, 'USD'), '422 IDEMPOTENCY_KEY_REUSED');
    expect(await count()).toBe(before);
    await unchanged(answer, () => myCart(http, sent));
  });
});
