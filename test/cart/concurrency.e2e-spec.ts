import { expectHistoryOf } from '../support/fold-history.js';
import type { Answer } from '../support/http-client.js';
import { expectProblem } from '../support/problem.js';
import type { Service } from '../support/service.js';
import type { Cart } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const first = useService('concurrency');
let second: Service;

const HUNDRED = Array.from({ length: 100 }, (_, index) => index);

beforeAll(async () => {
  await first().shop.stockAll(HUNDRED.map(skuOf));
  second = await first().startAnother();
});

function skuOf(index: number): string {
  return `SKU-${String(index)}`;
}

const oneProcess = () => [first()];
const twoProcesses = () => [first(), second];

/** Sends a request for each index at once, distributed over the processes. */
function allAtOnce(
  services: readonly Service[],
  send: (service: Service, index: number) => Promise<Answer<Cart>>,
) {
  return Promise.all(HUNDRED.map((index) => send(services[index % services.length] ?? first(), index)));
}

/** Returns the cart, after checking that every process shows the folded history. */
async function settled(services: readonly Service[], cartId: string, version: number): Promise<Cart> {
  const events = await first().shop.history(cartId);
  expect(events).toHaveLength(version);
  const [cart, ...others] = await Promise.all(services.map(({ shop }) => shop.cart(cartId, version)));
  if (cart === undefined) throw new Error('No process was asked.');
  expectHistoryOf(cart, events);
  expect(others).toEqual(others.map(() => cart));
  return cart;
}

describe.each([
  ['one process', oneProcess],
  ['two processes on the same databases', twoProcesses],
])('at %s', (_name, processes) => {
  it('100 parallel adds of 100 products make 100 items', async () => {
    const { id } = await first().shop.open();
    const answers = await allAtOnce(processes(), ({ shop }, index) => shop.add(id, { sku: skuOf(index) }));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(
      HUNDRED.map((index) => index + 2),
    );
    const cart = await settled(processes(), id, 101);
    expect(cart.items.map(({ sku }) => sku).sort()).toEqual(HUNDRED.map(skuOf).sort());
  });

  it('100 parallel adds of one product make one item of 100', async () => {
    const { id } = await first().shop.open();
    const answers = await allAtOnce(processes(), ({ shop }) => shop.add(id, { sku: skuOf(0) }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    const quantities = answers.map(({ body }) => body.quantity).sort((a, b) => a - b);
    expect(quantities).toEqual(HUNDRED.map((index) => index + 1));
    expect(await settled(processes(), id, 101)).toMatchObject({ itemCount: 1, quantity: 100 });
  });

  it('exactly one of 100 parallel changes of the same version wins', async () => {
    const { id } = await first().shop.open();
    const condition = { 'if-match': '"1"' };
    const answers = await allAtOnce(processes(), ({ shop }, index) =>
      shop.add(id, { sku: skuOf(index) }, condition),
    );
    const winners = answers.filter(({ status }) => status === 201);
    expect(winners).toHaveLength(1);
    for (const loser of answers.filter((answer) => !winners.includes(answer))) {
      expect(expectProblem(loser, '412 VERSION_MISMATCH')['currentVersion']).toBe(2);
    }
    const cart = await settled(processes(), id, 2);
    expect(cart).toEqual(winners[0]?.body);
  });

  it('parallel changes of every kind either take effect or are refused with a reason', async () => {
    const { id, items } = await first().shop.open(HUNDRED.slice(0, 10).map((index) => wish(index)));
    const [shared] = items as [Cart['items'][number]];
    const answers = await allAtOnce(processes(), ({ shop }, index) => {
      const itemId = items[index % 10]?.id ?? '';
      if (index % 10 === 1) return shop.remove(id, itemId);
      if (index % 3 === 0) return shop.changeQuantity(id, shared.id, index + 1);
      if (index === 50) return shop.clear(id);
      return shop.add(id, { sku: skuOf(index % 10), quantity: 2 });
    });
    for (const answer of answers) {
      if (answer.status >= 300) expectProblem(answer, '404 ITEM_NOT_FOUND');
    }
    const last = Math.max(...answers.map(({ body, status }) => (status < 300 ? body.version : 0)));
    await settled(processes(), id, last);
  });
});

it('changes of one cart in one process queue up, and each is decided once', async () => {
  const conflicts = async () => {
    const { text } = await first().http.get('/metrics');
    return Number(/^cartwright_append_conflicts_total (\d+)$/m.exec(text)?.[1] ?? NaN);
  };
  const { id } = await first().shop.open();
  const before = await conflicts();
  await allAtOnce(oneProcess(), ({ shop }, index) => shop.add(id, { sku: skuOf(index % 10) }));
  expect(await conflicts()).toBe(before);
  expect(await settled(oneProcess(), id, 101)).toMatchObject({ itemCount: 10, quantity: 100 });
});

it('every add that begins after a new price was acknowledged uses it, on any process', async () => {
  const highest = 40;
  const { id } = await first().shop.open();
  await first().shop.stock('RISING', 1);
  let asked = 1;
  let acknowledged = 1;
  const raise = async () => {
    while (acknowledged < highest) {
      asked += 1;
      const { shop } = asked % 2 === 0 ? first() : second;
      acknowledged = (await shop.stock('RISING', asked)).price.amount;
    }
  };
  const seen: { atLeast: number; price: number; atMost: number }[] = [];
  const addUntilRaised = async ({ shop }: Service, shopper: number) => {
    while (acknowledged < highest) {
      const atLeast = acknowledged;
      const options = { number: `${shopper}/${seen.length}` };
      const answer = await shop.add(id, { sku: 'RISING', options });
      if (answer.status < 300) {
        const item = answer.body.items.find((one) => one.options['number'] === options.number);
        seen.push({ atLeast, price: item?.unitPrice.amount ?? 0, atMost: asked });
      } else expectProblem(answer, '409 TOO_MUCH_CONTENTION');
    }
  };
  const shoppers = [0, 1, 2, 3].map((shopper) =>
    addUntilRaised(shopper % 2 === 0 ? first() : second, shopper),
  );
  await Promise.all([raise(), ...shoppers]);
  expect(seen.filter(({ atLeast, price, atMost }) => price < atLeast || price > atMost)).toEqual([]);
  expect(new Set(seen.map(({ price }) => price)).size).toBeGreaterThan(3);
  // Refused changes left no trace, acknowledged ones are there.
  await settled(twoProcesses(), id, seen.length + 1);
});

it('every process is ready, although only one keeps the views', async () => {
  for (const { http } of twoProcesses()) expect((await http.get('/health/ready')).status).toBe(200);
  const cart = await second.shop.open();
  expect(await first().shop.cart(cart.id)).toEqual(cart);
});

function wish(index: number) {
  return { sku: skuOf(index), quantity: 1 };
}
