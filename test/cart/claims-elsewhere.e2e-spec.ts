import { claim, guestsCart, newCustomer } from '../support/customers.js';
import type { Headers } from '../support/http-client.js';
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

/** The paths that the guest's token opened until the claim. */
const lookedAt = (cartId: string) =>
  ['', '/items', '/events', '?version=1'].map((rest) => `/v1/carts/${cartId}${rest}`);

/** A guest's cart that both processes have shown, and that was then claimed at one of them. */
async function claimedCart(claimer: Service, other: Service) {
  const { cart, token } = await guestsCart(claimer.http, [{ sku: 'MUG-1', quantity: 1 }]);
  for (const { http } of [claimer, other]) {
    expect((await http.get(`/v1/carts/${cart.id}`, token)).status).toBe(200);
  }
  const { headers } = newCustomer();
  const claimed = await claim(claimer.http, cart.id, { ...token, ...headers });
  expect(claimed.status).toBe(200);
  return { id: cart.id, token };
}

async function expectShut({ http }: Service, id: string, token: Headers): Promise<void> {
  const answers = await Promise.all(lookedAt(id).map((path) => http.get(path, token)));
  for (const answer of answers) expectProblem(answer, '404 CART_NOT_FOUND');
}

it('the token opens nothing at the other process once a claim is acknowledged', async () => {
  for (let count = 0; count < CLAIMS; count++) {
    const [claimer, other] = count % 2 === 0 ? [first(), second] : [second, first()];
    const { id, token } = await claimedCart(claimer, other);
    await expectShut(other, id, token);
  }
});

it.each(['first', 'second'])(
  'the token opens nothing at the other process while the %s one, which took the claim, is stopped',
  async (which) => {
    const [claimer, other] = which === 'first' ? [first(), second] : [second, first()];
    const { id, token } = await claimedCart(claimer, other);
    await claimer.whilePaused(() => expectShut(other, id, token));
  },
);

it('an acknowledged claim holds at the other process, which had shown the cart before', async () => {
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
