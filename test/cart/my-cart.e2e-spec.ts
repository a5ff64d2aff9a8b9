import { AS_ADMIN, AS_NOBODY } from '../support/credentials.js';
import { customersCart, myCart, newCustomer } from '../support/customers.js';
import { eventCount } from '../support/event-count.js';
import { eventually } from '../support/eventually.js';
import type { Answer } from '../support/http-client.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const IDLE_MS = 4_000;
const service = useService('my_cart', { CART_ABANDON_AFTER: `${IDLE_MS}ms` });

const MUGS = { sku: 'MUG-1', quantity: 2 };

beforeAll(async () => {
  await service().shop.stock('MUG-1');
});

const events = () => eventCount(service().commandDatabaseUrl);

describe('the cart of a customer', () => {
  it('is opened by the first request, and returned by later ones', async () => {
    const { http, shop } = service();
    const { name, headers } = newCustomer();
    const opened = await myCart(http, headers);
    const { id } = opened.body;
    expect(opened).toMatchObject({ status: 201, headers: { location: `/v1/carts/${id}`, etag: '"1"' } });
    expect(opened.body).toMatchObject({ version: 1, status: 'active', customerId: name, items: [] });
    expect(opened.body).not.toHaveProperty('token');
    const added = await shop.add(id, MUGS, headers);
    const given = await myCart(http, headers);
    expect(given).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: added.body });
    expect(given.headers).not.toHaveProperty('location');
  });

  it('is the one opened by POST /carts, in any currency, and a request changes nothing', async () => {
    const { http } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers, [MUGS]);
    const before = await events();
    for (const currency of ['EUR', 'USD']) {
      expect(await myCart(http, headers, currency)).toMatchObject({ status: 200, body: own });
    }
    const short = await http.send('PUT', '/v1/me/cart', {
      headers: { ...headers, prefer: 'return=minimal' },
      body: { currency: 'EUR' },
    });
    expect(short.body).toEqual({ id: own.id, version: 2 });
    expect(await events()).toBe(before);
  });

  it('is returned while it is abandoned, and replaced after it was discarded', async () => {
    const { http, shop } = service();
    const { headers } = newCustomer();
    const own = await customersCart(http, headers);
    const abandoned = await eventually(
      'the cart to be abandoned',
      () => shop.look(own.id, headers),
      ({ body: { status } }) => status === 'abandoned',
    );
    expect(abandoned.body).toMatchObject({ version: 2 });
    expect((await myCart(http, headers)).body).toEqual(abandoned.body);
    await shop.discard(own.id, headers);
    const next = await myCart(http, headers);
    expect(next.status).toBe(201);
    expect(next.body.id).not.toBe(own.id);
    expect((await myCart(http, headers)).body).toMatchObject({ id: next.body.id });
  });

  it('belongs to one customer: another customer gets another cart, guests and staff get none', async () => {
    const { http } = service();
    const [one, other] = [
      await myCart(http, newCustomer().headers),
      await myCart(http, newCustomer().headers),
    ];
    expect(one.body.id).not.toBe(other.body.id);
    expectProblem(await myCart(http, AS_NOBODY), '401 UNAUTHENTICATED');
    expectProblem(await myCart(http, { 'x-cart-token': 'A'.repeat(43) }), '401 UNAUTHENTICATED');
    expectProblem(await myCart(http, AS_ADMIN), '403 FORBIDDEN');
  });

  it('requires a currency', async () => {
    const { http } = service();
    for (const currency of ['euro', 'eur', '']) {
      expectProblem(await myCart(http, newCustomer().headers, currency), '400 VALIDATION_FAILED');
    }
  });
});

describe('opening a cart as a customer with an open cart', () => {
  const open = (headers: ReturnType<typeof newCustomer>['headers'], items: object[] = []) =>
    service().http.send<Cart>('POST', '/v1/carts', { headers, body: { currency: 'EUR', items } });
  const expectTaken = (answer: Answer, cartId: string) => {
    expect(expectProblem(answer, '409 ACTIVE_CART_EXISTS')['cartId']).toBe(cartId);
  };

  it('is refused, names the open cart and changes nothing, until that cart is discarded', async () => {
    const { headers } = newCustomer();
    const own = await customersCart(service().http, headers);
    const before = await events();
    expectTaken(await open(headers), own.id);
    expectTaken(await open(headers, [MUGS]), own.id);
    expect(await events()).toBe(before);
    await service().shop.discard(own.id, headers);
    expect((await open(headers)).status).toBe(201);
  });

  it('is refused for an unknown product first, and for a broken rule last', async () => {
    const { headers } = newCustomer();
    const own = await customersCart(service().http, headers);
    const unknown = await open(headers, [MUGS, { sku: 'NONE', quantity: 1 }]);
    expect(pointersOf(expectProblem(unknown, '404 PRODUCT_NOT_FOUND'))).toEqual(['/items/1']);
    expectTaken(await open(headers, [{ ...MUGS, quantity: 0 }]), own.id);
  });

  it('assigns no cart if opening fails', async () => {
    const { headers } = newCustomer();
    expectProblem(await open(headers, [{ ...MUGS, quantity: 0 }]), '422 QUANTITY_OUT_OF_RANGE');
    expect((await open(headers, [MUGS])).status).toBe(201);
  });
});
