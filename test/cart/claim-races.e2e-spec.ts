import { claim, customersCart, guestsCart, myCart, newCustomer, type Claim } from '../support/customers.js';
import { expectHistoryOf } from '../support/fold-history.js';
import type { Answer, Headers } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Service } from '../support/service.js';
import { granted, type Cart, type History } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const first = useService('claim_races');
let second: Service;

const TWENTY = Array.from({ length: 20 }, (_, index) => index);
const skuOf = (index: number) => `SKU-${index}`;
const wish = (index: number, quantity = 1) => ({ sku: skuOf(index), quantity });

beforeAll(async () => {
  await first().shop.stockAll(TWENTY.map(skuOf));
  second = await first().startAnother();
});

/** Sends all requests at once, distributed over the processes. */
function allAtOnce<T>(
  services: readonly Service[],
  ...sends: readonly ((service: Service) => Promise<T>)[]
): Promise<T[]> {
  return Promise.all(sends.map((send, index) => send(services[index % services.length] ?? first())));
}

/**
 * The cart as its customer sees it on every process, after the view has caught up. It must equal the folded history.
 */
async function settled(services: readonly Service[], cartId: string, headers: Headers): Promise<Cart> {
  const { events } = granted(
    await first().http.get<History>(`/v1/carts/${cartId}/events?limit=1000`, headers),
  );
  const minVersion = { ...headers, 'x-min-version': String(events.length) };
  const carts = await Promise.all(services.map(({ shop }) => shop.look(cartId, minVersion)));
  const [cart, ...others] = carts.map(granted);
  if (cart === undefined) throw new Error('No process was asked.');
  expectHistoryOf(cart, events);
  expect(others).toEqual(others.map(() => cart));
  return cart;
}

const quantitiesOf = ({ items }: Cart) => new Map(items.map(({ sku, quantity }) => [sku, quantity]));

describe.each([
  ['one process', () => [first()]],
  ['two processes on the same databases', () => [first(), second]],
])('at %s', (_name, processes) => {
  it('20 parallel claims of one cart merge it once and get the same answer', async () => {
    const { headers } = newCustomer();
    const own = await customersCart(first().http, headers, [wish(0, 5), wish(1)]);
    const { cart, token } = await guestsCart(first().http, [wish(0, 3), wish(2, 4)]);
    const answers = await allAtOnce(
      processes(),
      ...TWENTY.map(
        () =>
          ({ http }: Service) =>
            claim(http, cart.id, { ...token, ...headers }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(TWENTY.map(() => 200));
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(answers[0]?.body.merged).toMatchObject([
      { sku: 'SKU-0', from: 3, into: 5, result: 8 },
      { sku: 'SKU-2', from: 4, into: 0, result: 4 },
    ]);
    const shown = await settled(processes(), own.id, headers);
    expect(shown).toEqual(answers[0]?.body.cart);
    expect([...quantitiesOf(shown)]).toEqual([
      ['SKU-0', 8],
      ['SKU-1', 1],
      ['SKU-2', 4],
    ]);
    expect(await settled(processes(), cart.id, headers)).toMatchObject({ status: 'merged', version: 4 });
  });

  it('20 parallel claims of one cart by different customers: one gets it, the others get 404', async () => {
    const customers = TWENTY.map(() => newCustomer());
    const { cart, token } = await guestsCart(first().http, [wish(0, 3)]);
    const answers = await allAtOnce(
      processes(),
      ...customers.map(
        ({ headers }) =>
          ({ http }: Service) =>
            claim(http, cart.id, { ...token, ...headers }),
      ),
    );
    const winners = customers.filter((_customer, index) => answers[index]?.status === 200);
    expect(winners).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectProblem(answer, '404 CART_NOT_FOUND');
    }
    const [winner] = winners as [(typeof winners)[number]];
    const shown = await settled(processes(), cart.id, winner.headers);
    expect(shown).toMatchObject({ customerId: winner.name, version: 3, quantity: 3 });
  });

  it.each([
    ['none', 0],
    ['one', 1],
  ])('20 carts claimed at once by a customer with %s become one cart with all items', async (_had, had) => {
    const { headers } = newCustomer();
    if (had > 0) await customersCart(first().http, headers, [wish(0)]);
    const guests = await Promise.all(
      TWENTY.map((index) => guestsCart(first().http, [wish(0), wish(index, index + 1)])),
    );
    const claimAll = () =>
      allAtOnce<Answer<Claim>>(
        processes(),
        ...guests.map(
          ({ cart, token }) =>
            ({ http }: Service) =>
              claim(http, cart.id, { ...token, ...headers }),
        ),
      );
    const answers = await claimAll();
    // A claim that was refused because of contention is retried; a claim that took effect has no second effect.
    for (const { status, ...answer } of answers) {
      if (status !== 200) expectProblem({ status, ...answer }, '409 TOO_MUCH_CONTENTION');
    }
    for (let wave = answers; wave.some(({ status }) => status !== 200);) wave = await claimAll();
    const own = granted(await myCart(first().http, headers));
    expect(new Set(answers.flatMap(({ status, body }) => (status === 200 ? body.cart.id : [])))).toEqual(
      new Set([own.id]),
    );
    const shown = await settled(processes(), own.id, headers);
    const expected = TWENTY.map((index) => [
      skuOf(index),
      index + 1 + (index === 0 ? TWENTY.length + had : 0),
    ]);
    expect([...quantitiesOf(shown)].sort()).toEqual(expected.sort());
    for (const { cart } of guests.filter((guest) => guest.cart.id !== own.id)) {
      expect(await settled(processes(), cart.id, headers)).toMatchObject({ status: 'merged' });
    }
  });

  it('two carts that two customers claim crosswise at once lose no items', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [anna, bert] = [newCustomer(), newCustomer()] as const;
      const owns = [
        await customersCart(first().http, anna.headers, [wish(0, 10)]),
        await customersCart(first().http, bert.headers, [wish(0, 20)]),
      ] as const;
      const [one, other] = [
        await guestsCart(first().http, [wish(0, 1)]),
        await guestsCart(first().http, [wish(0, 2)]),
      ];
      const sends = [
        [one, anna],
        [other, bert],
        [other, anna],
        [one, bert],
      ] as const;
      const answers = await allAtOnce(
        processes(),
        ...sends.map(
          ([{ cart, token }, { headers }]) =>
            ({ http }: Service) =>
              claim(http, cart.id, { ...token, ...headers }),
        ),
      );
      for (const [a, b] of [
        [0, 3],
        [1, 2],
      ] as const) {
        expect([answers[a]?.status, answers[b]?.status].sort()).toEqual([200, 404]);
      }
      const shown = [
        await settled(processes(), owns[0].id, anna.headers),
        await settled(processes(), owns[1].id, bert.headers),
      ];
      expect(shown.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(10 + 20 + 1 + 2);
    }
  });

  it('an item that a guest adds during a claim is merged or refused', async () => {
    const { headers } = newCustomer();
    const own = await customersCart(first().http, headers);
    const { cart, token } = await guestsCart(first().http, [wish(0)]);
    const adding = TWENTY.map(
      () =>
        ({ shop }: Service) =>
          shop.add(cart.id, wish(0), token),
    );
    const claiming = ({ http }: Service) => claim(http, cart.id, { ...token, ...headers });
    const answers = await allAtOnce<Answer>(
      processes(),
      ...adding.slice(10),
      claiming,
      ...adding.slice(0, 10),
    );
    const claimed = answers.splice(10, 1)[0] as Answer<Claim>;
    expect(claimed.status).toBe(200);
    const added = answers.filter(({ status }) => status === 200).length;
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectProblem(answer, '404 CART_NOT_FOUND');
    }
    expect(claimed.body.merged).toMatchObject([{ from: 1 + added, into: 0, result: 1 + added }]);
    expect(await settled(processes(), own.id, headers)).toMatchObject({ quantity: 1 + added });
  });

  it('a customer who requests, opens and claims carts 20 times at once has one open cart', async () => {
    const { headers } = newCustomer();
    const guests = await Promise.all(TWENTY.map(() => guestsCart(first().http, [wish(0)])));
    const asking = TWENTY.flatMap((index) => [
      ({ http }: Service) => myCart(http, headers),
      ({ http }: Service) => http.send<Cart>('POST', '/v1/carts', { headers, body: { currency: 'EUR' } }),
      ({ http }: Service) => {
        const guest = guests[index];
        if (guest === undefined) throw new Error('There are as many guests as claims.');
        return claim(http, guest.cart.id, { ...guest.token, ...headers });
      },
    ]);
    const answers = await allAtOnce<Answer>(processes(), ...asking);
    const ids = answers.flatMap(({ status, body }) => {
      const { id, cart, cartId, code } = body as { id: string; cart?: Cart; cartId?: string; code?: string };
      if (code === 'TOO_MUCH_CONTENTION') return [];
      if (status >= 400) expect(code).toBe('ACTIVE_CART_EXISTS');
      return cart?.id ?? cartId ?? id;
    });
    expect(new Set(ids).size).toBe(1);
    const { body, status } = await myCart(first().http, headers);
    expect([status, body.id]).toEqual([200, ids[0]]);
  });
});
