import { randomUUID } from 'node:crypto';
import type { Answer, Headers } from '../support/http-client.js';
import type { Cart, OpenedCart } from '../support/shop.js';
import { expectProblem } from '../support/problem.js';
import { useService } from '../support/use-service.js';
import { gist, isReplayed, keyed } from './keys.js';

const service = useService('idempotent_carts');

beforeAll(async () => {
  await service().shop.stockAll(['MUG-1', 'TEA-1'], 1999);
});

const ITEMS = ['MUG-1', 'TEA-1'].map((sku) => ({ sku, quantity: 2 }));
const first = ({ items: [item] }: Cart): string => item?.id ?? '';

type Change = (cart: Cart, headers: Headers) => Promise<Answer>;

/** Every change of a cart, on a cart of two items. */
const changes: Readonly<Record<string, Change>> = {
  'an addition of a new item': ({ id }, headers) =>
    service().shop.add(id, { sku: 'MUG-1', options: { colour: 'blue' } }, headers),
  'an addition to an item': ({ id }, headers) => service().shop.add(id, { sku: 'MUG-1' }, headers),
  'a change of a quantity': (cart, headers) =>
    service().shop.changeQuantity(cart.id, first(cart), 7, headers),
  'a change to the same quantity': (cart, headers) =>
    service().shop.changeQuantity(cart.id, first(cart), 2, headers),
  'a change to none': (cart, headers) => service().shop.changeQuantity(cart.id, first(cart), 0, headers),
  'the removal of an item': (cart, headers) => service().shop.remove(cart.id, first(cart), headers),
  'the removal of all': ({ id }, headers) => service().shop.clear(id, headers),
  'many changes at once': (cart, headers) =>
    service().shop.change(
      cart.id,
      [
        { op: 'remove', itemId: first(cart) },
        { op: 'add', sku: 'MUG-1', quantity: 5, options: { b: '1', a: '2' } },
      ],
      headers,
    ),
  'a repricing': ({ id }, headers) => service().shop.reprice(id, headers),
  'the discarding of a cart': ({ id }, headers) => service().shop.discard(id, headers),
};

describe.each(Object.entries(changes))('%s', (name, change) => {
  it('gets the first answer when it is repeated, although the cart has changed since', async () => {
    const { shop } = service();
    const cart = await shop.open(ITEMS);
    const headers = keyed();
    const answer = await change(cart, headers);
    expect([answer.text, Math.floor(answer.status / 100), isReplayed(answer)]).toEqual([
      answer.text,
      2,
      false,
    ]);
    if (!name.includes('discarding')) await shop.add(cart.id, { sku: 'TEA-1', quantity: 3 });
    await shop.discard(cart.id);
    const { length } = await shop.history(cart.id);
    for (let times = 0; times < 2; times += 1) {
      const repeat = await change(cart, headers);
      expect(gist(repeat)).toEqual(gist(answer));
      expect(isReplayed(repeat)).toBe(true);
    }
    expect(await shop.history(cart.id)).toHaveLength(length);
  });

  it('takes effect once for a hundred concurrent requests', async () => {
    const { shop } = service();
    const cart = await shop.open(ITEMS);
    const headers = keyed();
    const answers = await Promise.all(Array.from({ length: 100 }, () => change(cart, headers)));
    const [one] = answers;
    if (one === undefined) throw new Error('There are a hundred answers.');
    for (const answer of answers) expect(gist(answer)).toEqual(gist(one));
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
    const twin = await shop.open(ITEMS);
    await change(twin, {});
    expect(await shop.history(cart.id)).toHaveLength((await shop.history(twin.id)).length);
  });
});

describe('the opening of a cart', () => {
  const open = (headers: Headers, items: readonly object[] = ITEMS): Promise<Answer<OpenedCart>> =>
    service().http.send<OpenedCart>('POST', '/v1/carts', { headers, body: { currency: 'EUR', items } });

  it('opens one cart, with one token, however often it is sent', async () => {
    const headers = keyed();
    const answers = await Promise.all(Array.from({ length: 100 }, () => open(headers)));
    const opened = answers.map(({ body: { id } }) => id);
    expect(new Set(opened).size).toBe(1);
    const [one] = answers as [Answer<OpenedCart>];
    expect(one).toMatchObject({ status: 201, headers: { location: `/v1/carts/${one.body.id}` } });
    expect(one.body.token).toMatch(/^[\w-]{43}$/);
    for (const answer of answers) expect(gist(answer)).toEqual(gist(one));
    expect(answers.filter((answer) => !isReplayed(answer))).toHaveLength(1);
    expect(await service().shop.history(one.body.id)).toHaveLength(3);
  });

  it('accepts only a UUID as the key of a caller without credentials', async () => {
    for (const headers of [keyed('my-key'), { ...keyed('my-key'), 'x-cart-token': 'of no cart' }]) {
      expectProblem(await open(headers), '400 INVALID_IDEMPOTENCY_KEY');
    }
    expect((await open({ 'idempotency-key': `"${randomUUID()}"` })).status).toBe(201);
  });
});
