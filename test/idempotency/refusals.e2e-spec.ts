import { randomUUID } from 'node:crypto';
import { AS_NOBODY, asCustomer } from '../support/credentials.js';
import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';
import { gist, isReplayed, keyed } from './keys.js';

const service = useService('idempotent_refusals', { MAX_ITEMS_PER_CART: '2', MAX_QUANTITY: '10' });

beforeAll(async () => {
  await service().shop.stockAll(['MUG-1', 'TEA-1', 'JAR-1']);
});

const open = (): Promise<Cart> =>
  service().shop.open(['MUG-1', 'TEA-1'].map((sku) => ({ sku, quantity: 1 })));
const first = ({ items: [item] }: Cart): string => item?.id ?? '';

describe('a refusal by the rules of the cart', () => {
  type Case = readonly [
    code: string,
    refused: (cart: Cart, headers: Headers) => Promise<Answer>,
    mend: (cart: Cart) => Promise<unknown>,
  ];
  const shop = () => service().shop;
  const cases: readonly Case[] = [
    [
      '404 PRODUCT_NOT_FOUND',
      ({ id }, headers) => shop().add(id, { sku: `LATER-${id}` }, headers),
      ({ id }) => shop().stock(`LATER-${id}`),
    ],
    [
      '422 ITEM_LIMIT_REACHED',
      ({ id }, headers) => shop().add(id, { sku: 'JAR-1' }, headers),
      ({ id }) => shop().clear(id),
    ],
    [
      '422 QUANTITY_OUT_OF_RANGE',
      ({ id }, headers) => shop().add(id, { sku: 'MUG-1', quantity: 10 }, headers),
      ({ id }) => shop().clear(id),
    ],
    [
      '422 CURRENCY_MISMATCH',
      ({ id }, headers) => shop().add(id, { sku: `USD-${id}` }, headers),
      ({ id }) => shop().stock(`USD-${id}`),
    ],
  ];

  it.each(cases)(
    '%s is the answer to the repeat, too, when it would be accepted by then',
    async (...test) => {
      const [code, refused, mend] = test;
      const cart = await open();
      if (code.includes('CURRENCY')) await shop().stock(`USD-${cart.id}`, 1, dollar);
      const headers = keyed();
      const answer = await refused(cart, headers);
      expectProblem(answer, code);
      expect(isReplayed(answer)).toBe(false);
      await mend(cart);
      const repeat = await refused(cart, headers);
      expect(gist(repeat)).toEqual(gist(answer));
      expect(isReplayed(repeat)).toBe(true);
      if (code !== '422 ITEM_LIMIT_REACHED' && code !== '422 QUANTITY_OUT_OF_RANGE')
        await shop().clear(cart.id);
      expect((await refused(cart, keyed())).status).toBe(201);
    },
  );

  it('is the same for a hundred concurrent requests', async () => {
    const cart = await open();
    const headers = keyed();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => shop().add(cart.id, { sku: 'JAR-1' }, headers)),
    );
    for (const answer of answers) expectProblem(answer, '422 ITEM_LIMIT_REACHED');
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
  });

  it('is kept for a refused report', async () => {
    const headers = keyed();
    const report = (type: string) =>
      service().http.send('POST', '/v1/events', {
        body: { stream: 'cart-1', events: [{ type, data: {} }] },
        headers,
      });
    expectProblem(await report('cart.opened'), '403 EVENT_NOT_PUBLISHABLE');
    const repeat = await report('cart.opened');
    expectProblem(repeat, '403 EVENT_NOT_PUBLISHABLE');
    expect(isReplayed(repeat)).toBe(true);
    expectProblem(await report('product.price-reported'), '422 IDEMPOTENCY_KEY_REUSED');
  });

  it('is kept for a report with the id of another event', async () => {
    const [id, headers] = [randomUUID(), keyed()];
    const report = (sku: string, eventId: string, sent: Headers) =>
      service().http.send('POST', '/v1/events', {
        body: {
          stream: `product-${sku}`,
          events: [
            {
              id: eventId,
              type: 'product.price-reported',
              data: { sku, price: { amount: 5, currency: 'EUR' } },
            },
          ],
        },
        headers: sent,
      });
    expect((await report('OTHER-1', id, {})).status).toBe(201);
    const refused = await report('MUG-1', id, headers);
    expectProblem(refused, '422 EVENT_INVALID');
    const repeat = await report('MUG-1', id, headers);
    expect(gist(repeat)).toEqual(gist(refused));
    expect([isReplayed(refused), isReplayed(repeat)]).toEqual([false, true]);
    expectProblem(await report('MUG-1', randomUUID(), headers), '422 IDEMPOTENCY_KEY_REUSED');
  });
});

const dollar = { price: { amount: 1, currency: 'USD' } };

describe('what is not kept', () => {
  it('is a stale version: the request may be sent again with a newer one', async () => {
    const { shop } = service();
    const cart = await open();
    const headers = keyed();
    const clear = (tag: string) => shop.clear(cart.id, { ...headers, 'if-match': tag });
    for (let times = 0; times < 2; times += 1) {
      const answer = await clear('"1"');
      expectProblem(answer, '412 VERSION_MISMATCH');
      expect(isReplayed(answer)).toBe(false);
    }
    const done = await clear('"3"');
    expect(done).toMatchObject({ status: 200, body: { version: 4 } });
    // The version that was asked for is gone by now, and a newer one changes nothing about what is asked for.
    for (const tag of ['"3"', '"4"', '"1"']) {
      const repeat = await clear(tag);
      expect(gist(repeat)).toEqual(gist(done));
      expect(isReplayed(repeat)).toBe(true);
    }
  });

  it('is a malformed request, or one with invalid credentials', async () => {
    const { http, shop } = service();
    const cart = await open();
    const headers = keyed();
    const add = (parts: object) => http.send('POST', `/v1/carts/${cart.id}/items`, { headers, ...parts });
    expectProblem(await add({ raw: '{' }), '400 MALFORMED_JSON');
    expectProblem(await add({ body: { sku: 'MUG-1' } }), '400 VALIDATION_FAILED');
    expectProblem(
      await add({ raw: 'x', headers: { ...headers, 'content-type': 'text/plain' } }),
      '415 UNSUPPORTED_MEDIA_TYPE',
    );
    expectProblem(await add({ body: { x: 'x'.repeat(300_000) } }), '413 PAYLOAD_TOO_LARGE');
    expectProblem(
      await shop.add(cart.id, { sku: 'MUG-1' }, { ...headers, ...AS_NOBODY }),
      '401 UNAUTHENTICATED',
    );
    const done = await shop.add(cart.id, { sku: 'MUG-1' }, headers);
    expect([done.status, isReplayed(done)]).toEqual([200, false]);
  });

  it('is a foreign cart: a key reveals nothing, and does not block the owner', async () => {
    const { shop } = service();
    const cart = await open();
    const headers = keyed('guessed');
    for (const stranger of [asCustomer('otto'), { 'x-cart-token': 'A'.repeat(43) }]) {
      for (let times = 0; times < 2; times += 1) {
        const answer = await shop.add(cart.id, { sku: 'MUG-1' }, { ...headers, ...stranger });
        expectProblem(answer, '404 CART_NOT_FOUND');
        expect(isReplayed(answer)).toBe(false);
      }
    }
    expect((await shop.add(cart.id, { sku: 'MUG-1' }, headers)).status).toBe(200);
  });
});

describe('the order of checks', () => {
  it('reports a missing item before a reused key', async () => {
    const { shop } = service();
    const cart = await open();
    const headers = keyed();
    await shop.changeQuantity(cart.id, first(cart), 3, headers);
    await shop.clear(cart.id);
    expectProblem(await shop.changeQuantity(cart.id, first(cart), 4, headers), '404 ITEM_NOT_FOUND');
    expect((await shop.changeQuantity(cart.id, first(cart), 3, headers)).body).toMatchObject({ version: 4 });
    await shop.discard(cart.id);
    const used = keyed();
    expectProblem(await shop.clear(cart.id, used), '409 CART_CLOSED');
    expectProblem(await shop.add(cart.id, { sku: 'MUG-1' }, used), '422 IDEMPOTENCY_KEY_REUSED');
  });
});
