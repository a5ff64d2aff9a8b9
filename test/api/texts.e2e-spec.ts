import type { Cart, Product } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('texts');

let cart: Cart;

beforeAll(() => service().shop.stock('MUG-1', 1999));

beforeEach(async () => {
  cart = await service().shop.open([{ sku: 'MUG-1', quantity: 1 }]);
});

describe('texts are kept as they were sent', () => {
  const texts = [
    'right-to-left \u202e marks \u200f and \u061c',
    'emoji 😀 👩‍👩‍👧‍👦 🏳️‍🌈',
    'one letter \u00e9, or two \u0065\u0301',
    'Zalgo t\u0489\u0488\u0321\u0322',
    ' blanks\t\r\n ',
    'a zero\u200bwidth blank, a BOM \ufeff, a private \ue000 and a non-character \uffff',
    'control \u0001\u001f\u007f\u0085',
    `"quotes' and \\ back\\u0000slashes`,
    "'; DROP TABLE event_log; --",
    '$.items[*] ? (@.price > 0)',
    '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}',
    '<script>alert(1)</script>',
    '../../etc/passwd',
    '%s %n %00',
    'null',
    '',
  ];

  it.each(texts.map((text) => [JSON.stringify(text), text]))('in an option: %s', async (_shown, text) => {
    const options = text === '' ? { text } : { text, [text]: 'as a name' };
    const added = await service().shop.add(cart.id, { sku: 'MUG-1', options });
    expect(added).toMatchObject({ status: 201, body: { version: 3 } });
    expect(added.body.items[1]?.options).toEqual(options);
    expect(await service().shop.cart(cart.id, 3)).toEqual(added.body);
    const past = await service().http.get<Cart>(`/v1/carts/${cart.id}?version=3`);
    expect(past.body.items).toEqual(added.body.items);
    expect((await service().shop.history(cart.id)).at(-1)?.data['options']).toEqual(options);
  });

  it.each(texts.slice(0, -1).map((text) => [JSON.stringify(text), text]))(
    'in a name: %s',
    async (_shown, name) => {
      await service().shop.stock('NAMED', 100, { name });
      const { body } = await service().http.get<Product>('/v1/products/NAMED');
      expect(body.name).toBe(name);
      expect((await service().shop.open([{ sku: 'NAMED', quantity: 1 }])).items[0]?.name).toBe(name);
    },
  );

  it('so that texts which only look alike are different options', async () => {
    for (const text of ['\u00e9', '\u0065\u0301', 'é ', '\uff45']) {
      expect((await service().shop.add(cart.id, { sku: 'MUG-1', options: { text } })).status).toBe(201);
      expect((await service().shop.add(cart.id, { sku: 'MUG-1', options: { text } })).status).toBe(200);
    }
  });

  it('also where JavaScript gives a name a meaning', async () => {
    for (const key of [
      'toString',
      'valueOf',
      'hasOwnProperty',
      'length',
      'then',
      '__defineGetter__',
      '0',
      'null',
    ]) {
      const { status, body } = await service().shop.add(cart.id, { sku: 'MUG-1', options: { [key]: 'x' } });
      expect([key, status]).toEqual([key, 201]);
      expect(Object.entries(body.items.at(-1)?.options ?? {})).toEqual([[key, 'x']]);
    }
    // None of it has rubbed off on the objects of the service.
    expect(Object.keys((await service().shop.open()).items)).toEqual([]);
    expect(await service().http.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('up to the limits, counted in characters', async () => {
    const wide = (count: number) => '😀'.repeat(count);
    const twenty = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [wide(62) + String(n).padStart(2), wide(256)]),
    );
    const { status, body } = await service().shop.add(cart.id, { sku: 'MUG-1', options: twenty });
    expect(status).toBe(201);
    expect(body.items[1]?.options).toEqual(twenty);
    const name = wide(200);
    expect((await service().shop.stock('WIDE', 1, { name })).name).toBe(name);
  });
});
