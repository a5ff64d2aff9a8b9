import type { Service } from '../support/service.js';
import type { Answer } from '../support/http-client.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const first = useService('kept_answers');
let second: Service;

beforeAll(async () => {
  second = await first().startAnother();
});

/** A cart that each process has shown several times, so that each keeps the answer. */
async function knownCart(): Promise<Cart> {
  await first().shop.stock('MUG-1', 1000);
  await first().shop.stock('TEA-1', 300);
  const { shop } = second;
  const cart = await shop.open([
    { sku: 'MUG-1', quantity: 2 },
    { sku: 'TEA-1', quantity: 1 },
  ]);
  for (const service of [first(), second]) {
    for (let times = 0; times < 3; times += 1) {
      expect(await look(service, cart)).toMatchObject({ status: 200, body: cart, headers: { etag: '"3"' } });
    }
  }
  return cart;
}

/** Staff see every cart, so that both clients may look. */
const look = ({ shop }: Service, { id }: Cart): Promise<Answer<Cart>> => shop.look(id);

const codesOf = ({ body }: Answer<Cart>): string[] => body.notices.map(({ code }) => code);

const SERVICES = [
  ['the process that changes it', () => first()],
  ['the other process', () => second],
] as const;

it.each(SERVICES)('shows a new price in the next GET, with a new entity tag: %s', async (_, reader) => {
  const cart = await knownCart();
  const tags = new Set<unknown>(['"3"']);
  for (const price of [350, 360, 370]) {
    await first().shop.stock('TEA-1', price);
    const answer = await look(reader(), cart);
    expect(answer.body.notices).toMatchObject([
      { code: 'PRICE_CHANGED', current: { amount: price, currency: 'EUR' } },
    ]);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(tags).not.toContain(answer.headers['etag']);
    tags.add(answer.headers['etag']);
    expect((await look(reader(), cart)).headers['etag']).toBe(answer.headers['etag']);
  }
  await first().shop.stock('TEA-1', 300);
  expect(await look(reader(), cart)).toMatchObject({ status: 200, body: cart, headers: { etag: '"3"' } });
});

it.each(SERVICES)('shows that a product is no longer for sale: %s', async (_, reader) => {
  const cart = await knownCart();
  await first().shop.stock('MUG-1', 1000, { active: false });
  expect(codesOf(await look(reader(), cart))).toEqual(['UNAVAILABLE']);
  await first().shop.stock('MUG-1', 1000);
  expect(codesOf(await look(reader(), cart))).toEqual([]);
});

it.each(SERVICES)('shows a change of the cart in the next GET: %s', async (_, reader) => {
  const cart = await knownCart();
  for (const quantity of [3, 4, 5]) {
    const { body } = await first().shop.changeQuantity(cart.id, cart.items[0]?.id ?? '', quantity);
    const answer = await look(reader(), cart);
    expect(answer.body).toEqual(body);
    expect(answer.headers['etag']).toBe(`"${body.version}"`);
  }
});
