import { claim, guestsCart, newCustomer } from '../support/customers.js';
import { expectProblem } from '../support/problem.js';
import type { Service } from '../support/service.js';
import { useService } from '../support/use-service.js';

const first = useService('claims_elsewhere');
let second: Service;

beforeAll(async () => {
  await first().shop.stock('MUG-1');
  second = await first().startAnother();
});

const CLAIMS = 12;

it('a claim that one process has acknowledged holds at the other one, which knew the cart before', async () => {
  for (let count = 0; count < CLAIMS; count++) {
    const { cart, token } = await guestsCart(first().http, [{ sku: 'MUG-1', quantity: 1 }]);
    const path = `/v1/carts/${cart.id}`;
    expect((await second.http.get(`${path}/events`, token)).status).toBe(200);

    const { name, headers } = newCustomer();
    expect((await claim(first().http, cart.id, { ...token, ...headers })).status).toBe(200);
    const [present, events, ...shut] = await Promise.all([
      second.http.get(path, headers),
      second.http.get(`${path}/events`, headers),
      second.http.get(`${path}/events`, token),
      second.http.get(`${path}?version=1`, token),
    ]);
    expect(present).toMatchObject({ status: 200, body: { customerId: name } });
    expect(events.status).toBe(200);
    for (const answer of shut) expectProblem(answer, '404 CART_NOT_FOUND');
  }
});
