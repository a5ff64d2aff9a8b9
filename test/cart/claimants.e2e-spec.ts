import { AS_ADMIN, AS_SERVICE } from '../support/credentials.js';
import { claim, customersCart, guestsCart, newCustomer } from '../support/customers.js';
import { unchanged } from '../support/event-count.js';
import type { Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';

const service = useService('claimants');

const MUGS = { sku: 'MUG-1', quantity: 2 };
const WRONG = { 'x-cart-token': 'A'.repeat(43) };

beforeAll(async () => {
  await service().shop.stock('MUG-1');
});

describe('a claim by', () => {
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
    expectProblem(await unchanged(service(), () => claim(http, cart.id, who())), outcome);
  });

  it('staff with the token is refused, and so is a guest without a JWT', async () => {
    const { http } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    expectProblem(await unchanged(service(), () => claim(http, cart.id, token)), '401 UNAUTHENTICATED');
    expectProblem(
      await unchanged(service(), () => claim(http, cart.id, { ...token, ...AS_ADMIN })),
      '403 FORBIDDEN',
    );
  });

  it('a customer of an unknown cart, of another customer’s and of a discarded one is refused', async () => {
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
      expectProblem(await unchanged(service(), () => claim(http, cart.id, caller)), '409 CART_CLOSED');
    }
  });

  it('a customer of a cart that was always their own changes nothing', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    for (const caller of [headers, { ...headers, ...WRONG }]) {
      const answer = await unchanged(service(), () => claim(http, own.id, caller));
      expect(answer).toMatchObject({ status: 200, body: { cart: own, merged: [] } });
    }
    await shop.discard(own.id, headers);
    expectProblem(await claim(http, own.id, headers), '409 CART_CLOSED');
  });

  it('a customer with If-Match succeeds only at the named version', async () => {
    const { http } = service();
    const { headers } = newCustomer();
    const { cart, token } = await guestsCart(http, [MUGS]);
    const at = (version: number) =>
      claim(http, cart.id, { ...token, ...headers, 'if-match': `"${version}"` });
    const stale = expectProblem(await unchanged(service(), () => at(1)), '412 VERSION_MISMATCH');
    expect(stale['currentVersion']).toBe(2);
    expect((await at(2)).status).toBe(200);
    expectProblem(await unchanged(service(), () => at(2)), '412 VERSION_MISMATCH');
    expect((await unchanged(service(), () => at(3))).status).toBe(200);
  });

  it('a customer with fields in the body is refused, with an empty body not', async () => {
    const { http } = service();
    const { cart, token } = await guestsCart(http, [MUGS]);
    const headers = { ...token, ...newCustomer().headers };
    const target = `/v1/carts/${cart.id}/claims`;
    expectProblem(await http.send('POST', target, { headers, body: { x: 1 } }), '400 VALIDATION_FAILED');
    expect((await http.send('POST', target, { headers })).status).toBe(200);
  });
});
