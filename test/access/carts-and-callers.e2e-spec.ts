import { AS_ADMIN, AS_NOBODY, AS_SERVICE, asCustomer } from '../support/credentials.js';
import { eventually } from '../support/eventually.js';
import { expectProblem } from '../support/problem.js';
import type { Cart, History } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { CARLA, guestCart, openAs, OTTO, STAFF, WRONG_TOKEN } from './parties.js';

const service = useService('callers');

beforeAll(() => service().shop.stock('MUG-1'));

const mug = { sku: 'MUG-1', quantity: 1 };

describe('a cart', () => {
  it('belongs to a guest without a JWT; only the answer that opens it has its token', async () => {
    const { http, shop } = service();
    const opened = await openAs(http, AS_NOBODY);
    expect(opened).toMatchObject({ customerId: null, token: expect.stringMatching(/^[\w-]{43}$/) as string });
    const owner = { 'x-cart-token': String(opened.token) };
    const answers = [
      await shop.add(opened.id, mug, owner),
      await shop.look(opened.id, owner),
      await shop.reprice(opened.id, owner),
    ];
    for (const { status, text } of answers) {
      expect(Math.floor(status / 100)).toBe(2);
      expect(text).not.toContain(String(opened.token));
    }
  });

  it("belongs to the customer with a customer's JWT, without a token", async () => {
    const opened = await openAs(service().http, CARLA, [mug]);
    expect(opened).toMatchObject({ customerId: 'carla', quantity: 1 });
    expect(opened).not.toHaveProperty('token');
    expect((await service().shop.look(opened.id, CARLA)).body).toEqual(opened);
  });

  it('belongs to a guest when staff open it, so that they can hand it over', async () => {
    const { http, shop } = service();
    for (const staff of Object.values(STAFF)) {
      const { id, customerId, token = '' } = await openAs(http, staff);
      expect(customerId).toBeNull();
      expect((await shop.look(id, { 'x-cart-token': token })).status).toBe(200);
    }
  });

  it('has its token in the short answer as well', async () => {
    const parts = { body: { currency: 'EUR' }, headers: { ...AS_NOBODY, prefer: 'return=minimal' } };
    const { body } = await service().http.send<Cart & { token: string }>('POST', '/v1/carts', parts);
    expect(Object.keys(body)).toEqual(['id', 'version', 'token']);
    expect((await service().shop.look(body.id, { 'x-cart-token': body.token })).status).toBe(200);
    const olga = { ...parts, headers: { ...asCustomer('olga'), prefer: 'return=minimal' } };
    const short = await service().http.send<Cart>('POST', '/v1/carts', olga);
    expect(Object.keys(short.body)).toEqual(['id', 'version']);
  });

  it('opens to everybody with its token, signed in or not, while a guest owns it', async () => {
    const { http, shop } = service();
    const { cart, owner } = await guestCart(http);
    expect((await shop.add(cart.id, mug, { ...owner, ...CARLA })).status).toBe(201);
    expectProblem(await shop.add(cart.id, mug, { ...WRONG_TOKEN, ...CARLA }), '404 CART_NOT_FOUND');
    const { body } = await http.get<History>(`/v1/carts/${cart.id}/events`, { ...owner, ...CARLA });
    expect(body.events.at(-1)?.actor).toEqual({ type: 'customer', id: 'carla' });
  });

  it('accepts capitals in its id, and its token still matches', async () => {
    const { cart, owner } = await guestCart(service().http);
    expect((await service().shop.look(cart.id.toUpperCase(), owner)).status).toBe(200);
  });

  it('is found by its customer in the list for staff', async () => {
    const { http } = service();
    const { id } = await openAs(http, asCustomer('lisa'));
    await openAs(http, AS_NOBODY);
    const list = () => http.get<{ carts: Cart[] }>('/v1/carts?customerId=lisa', AS_SERVICE);
    const { body } = await eventually('the list to show it', list, ({ body: { carts } }) => carts.length > 0);
    expect(body.carts).toMatchObject([{ id, customerId: 'lisa' }]);
  });
});

it('stores who did what: guests without an id, all others with their subject', async () => {
  const { http, shop } = service();
  const { cart, owner } = await guestCart(http);
  await shop.add(cart.id, mug, owner);
  for (const headers of Object.values(STAFF)) await shop.add(cart.id, mug, headers);
  const carlas = await openAs(http, CARLA);
  await shop.add(carlas.id, mug, CARLA);
  await shop.discard(carlas.id, AS_ADMIN);
  const actors = async (id: string) => {
    const { body } = await http.get<{ events: { actor: object }[] }>(`/v1/carts/${id}/events`, AS_ADMIN);
    return body.events.map(({ actor }) => actor);
  };
  const guest = { type: 'guest', id: null };
  expect(await actors(cart.id)).toEqual([
    guest,
    guest,
    { type: 'admin', id: 'anna' },
    { type: 'service', id: 'till' },
    { type: 'service', id: null },
    { type: 'admin', id: 'anna' },
  ]);
  const carla = { type: 'customer', id: 'carla' };
  expect(await actors(carlas.id)).toEqual([carla, carla, { type: 'admin', id: 'anna' }]);
});

it('does not mix up callers of concurrent requests', async () => {
  const { http, shop } = service();
  const customers = Array.from({ length: 40 }, (_, index) => `customer-${index}`);
  await Promise.all(
    customers.map(async (name) => {
      const caller = name.endsWith('7') ? AS_NOBODY : asCustomer(name);
      const { id, customerId } = await openAs(http, caller, [mug]);
      const owner = caller === AS_NOBODY ? null : name;
      expect(customerId).toBe(owner);
      const { body } = await http.get<{ events: { actor: { id: unknown } }[] }>(
        `/v1/carts/${id}/events`,
        AS_ADMIN,
      );
      expect(body.events.map(({ actor }) => actor.id)).toEqual([owner, owner]);
      if (owner !== null) expectProblem(await shop.look(id, OTTO), '404 CART_NOT_FOUND');
    }),
  );
});
