import { Client } from 'pg';
import { asCustomer } from '../support/credentials.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('currencies');

const CART_ID = '01a2072e-0f7c-753a-a381-fbd26ce46ce4';
const METADATA = {
  correlationId: 'an old request',
  causationId: 'an old request',
  commandId: 'an old request',
  actor: { type: 'system', id: null },
};

/** Stores the first event of a stream, as a release of the service did that took more currencies. */
async function store(stream: string, type: string, data: object): Promise<void> {
  const client = new Client({ connectionString: service().commandDatabaseUrl });
  await client.connect();
  try {
    await client.query(`SELECT append_event($1, 1, gen_random_uuid(), $2, 1, $3, $4, now(), '{}', '{}')`, [
      stream,
      type,
      JSON.stringify(data),
      JSON.stringify(METADATA),
    ]);
  } finally {
    await client.end();
  }
}

it.each(['EUR', 'CLF', 'VED', 'UYW', 'XCG', 'ZWG', 'SLE', 'XAD'])('opens a cart in %s', async (currency) => {
  const answer = await service().http.send<Cart>('POST', '/v1/carts', { body: { currency } });
  expect(answer).toMatchObject({ status: 201, body: { currency } });
});

it.each(['HRK', 'SLL', 'ZWL', 'ANG', 'CUC', 'BGN', 'DEM', 'eur', 'ZZZ'])(
  'knows no currency %s',
  async (currency) => {
    const { http } = service();
    const price = { amount: 1, currency };
    for (const [method, path, body, pointer] of [
      ['POST', '/v1/carts', { currency }, '/currency'],
      ['PUT', '/v1/products/A', { name: 'A', price }, '/price/currency'],
      [
        'POST',
        '/v1/products/imports',
        { products: [{ sku: 'A', name: 'A', price }] },
        '/products/0/price/currency',
      ],
    ] as const) {
      const problem = expectProblem(await http.send(method, path, { body }), '400 VALIDATION_FAILED');
      expect(pointersOf(problem)).toEqual([pointer]);
    }
  },
);

it('still works on carts and products in a withdrawn currency', async () => {
  const { http } = service();
  const price = { amount: 250, currency: 'HRK' };
  await store('product-OLD', 'product.registered', { sku: 'OLD', name: 'Old', price, active: true });
  await store(`cart-${CART_ID}`, 'cart.opened', { cartId: CART_ID, currency: 'HRK', customerId: 'carla' });
  const headers = asCustomer('carla');
  expect((await http.get(`/v1/carts/${CART_ID}`, headers)).body).toMatchObject({ currency: 'HRK' });
  const body = { sku: 'OLD', quantity: 2 };
  expect(await http.send('POST', `/v1/carts/${CART_ID}/items`, { body, headers })).toMatchObject({
    status: 201,
    body: { total: { amount: 500, currency: 'HRK' } },
  });
  expect((await http.get('/v1/products/OLD')).body).toMatchObject({ price });
});
