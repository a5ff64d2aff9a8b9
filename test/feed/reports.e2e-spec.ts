import { v7 as uuidv7 } from 'uuid';
import { eventCount } from '../support/event-count.js';
import type { Answer } from '../support/http-client.js';
import { expectProblem, pointersOf } from '../support/problem.js';
import { granted } from '../support/shop.js';
import { useService } from '../support/use-service.js';

const service = useService('reports');

interface Receipt {
  readonly version: number;
  readonly position: number;
}

const TYPE = 'product.price-reported';
const data = (sku: string, amount: unknown = 1799) => ({ sku, price: { amount, currency: 'EUR' } });
const price = (sku: string, amount = 1799, id?: string) => ({
  ...(id !== undefined && { id }),
  type: TYPE,
  data: data(sku, amount),
});

const send = (body: unknown): Promise<Answer<Receipt>> => service().http.send('POST', '/v1/events', { body });
const report = (sku: string, events: readonly object[], more: object = {}) =>
  send({ stream: `product-${sku}`, events, ...more });

interface Page {
  readonly events: readonly { readonly id: string; readonly type: string; readonly version: number }[];
}
const stored = async (sku: string) =>
  granted(await service().http.get<Page>(`/v1/events?stream=product-${sku}`)).events;

describe('a price that another system reports', () => {
  it('applies to carts and to the catalogue once it is acknowledged', async () => {
    const { shop, http } = service();
    await shop.stock('MUG-1', 1000);
    const cart = await shop.open([{ sku: 'MUG-1', quantity: 1 }]);
    for (let amount = 1001; amount < 1020; amount += 1) {
      const answer = await report('MUG-1', [price('MUG-1', amount)]);
      expect(answer).toMatchObject({ status: 201, body: { version: amount - 999 } });
      const look = await shop.cart(cart.id);
      expect(look.notices).toMatchObject([{ code: 'PRICE_CHANGED', current: { amount } }]);
      const fresh = await shop.open([{ sku: 'MUG-1', quantity: 2 }]);
      expect(fresh.items).toMatchObject([{ unitPrice: { amount }, total: { amount: 2 * amount } }]);
      const product = await http.get('/v1/products/MUG-1');
      expect(product.body).toMatchObject({ price: { amount }, version: amount - 999 });
    }
  });

  it('changes nothing for an unregistered product', async () => {
    const { shop, http } = service();
    expect(await report('NEW-1', [price('NEW-1', 5)])).toMatchObject({ status: 201, body: { version: 1 } });
    expectProblem(await http.get('/v1/products/NEW-1'), '404 PRODUCT_NOT_FOUND');
    const cart = await shop.open();
    expectProblem(await shop.add(cart.id, { sku: 'NEW-1' }), '404 PRODUCT_NOT_FOUND');
    expect(await shop.stock('NEW-1', 700)).toMatchObject({ price: { amount: 700 }, version: 2 });
    expect((await http.get('/v1/products/NEW-1')).body).toMatchObject({ price: { amount: 700 }, version: 2 });
    await report('NEW-1', [price('NEW-1', 6)]);
    expect((await http.get('/v1/products/NEW-1')).body).toMatchObject({ price: { amount: 6 }, version: 3 });
  });

  it('is stored with its origin, and answered with its version and position', async () => {
    const id = uuidv7();
    const { body } = await service().http.send<Receipt>('POST', '/v1/events', {
      body: { stream: 'product-META-1', events: [price('META-1', 1), price('META-1', 2, id)] },
      headers: { 'x-request-id': 'erp/17' },
    });
    const { events } = granted(await service().http.get<Page>('/v1/events?stream=product-META-1'));
    expect(events.at(-1)).toMatchObject({
      id,
      ...body,
      type: TYPE,
      actor: { type: 'service', id: 'till' },
      correlationId: 'erp/17',
      data: data('META-1', 2),
    });
    expect(events).toHaveLength(2);
  });
});

describe('an event sent twice', () => {
  it('is stored once, with the same answer, whatever version is expected', async () => {
    const events = [price('TWICE-1', 1, uuidv7()), price('TWICE-1', 2, uuidv7())];
    const first = await report('TWICE-1', events, { expectedVersion: 0 });
    expect(first).toMatchObject({ status: 201, body: { version: 2 } });
    await report('TWICE-1', [price('TWICE-1', 3)]);
    const again = await report('TWICE-1', events, { expectedVersion: 0 });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(await stored('TWICE-1')).toHaveLength(3);
  });

  it('is stored once when it is sent in parallel, alone and among others', async () => {
    const [one, two] = [price('PAR-1', 1, uuidv7()), price('PAR-1', 2, uuidv7())];
    const another = await service().startAnother();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? service() : another).http.send<Receipt>('POST', '/v1/events', {
          body: { stream: 'product-PAR-1', events: index % 3 === 0 ? [one, two] : [one] },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const events = await stored('PAR-1');
    expect(events.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
    const receiptOf = (events: readonly object[]) => [
      ...new Set(
        answers.filter((_, index) => (index % 3 === 0) === (events.length === 2)).map(({ text }) => text),
      ),
    ];
    expect(receiptOf([one])).toHaveLength(1);
    expect(receiptOf([one, two])).toHaveLength(1);
  });

  it('is stored once within a request', async () => {
    const event = price('SAME-1', 1, uuidv7());
    const shouted = { ...event, id: event.id?.toUpperCase() };
    expect(await report('SAME-1', [event, shouted])).toMatchObject({ status: 201, body: { version: 1 } });
  });

  it('is refused if another event has its id', async () => {
    const id = uuidv7();
    await report('ID-1', [price('ID-1', 1, id)]);
    for (const [sku, events] of [
      ['ID-1', [price('ID-1', 5), price('ID-1', 2, id)]],
      ['ID-2', [price('ID-2', 5), price('ID-2', 1, id)]],
      ['ID-2', [price('ID-2', 1, id.replace('7', '8')), price('ID-2', 2, id.replace('7', '8'))]],
    ] as const) {
      const problem = expectProblem(await report(sku, events), '422 EVENT_INVALID');
      expect(pointersOf(problem)).toEqual(['/events/1/id']);
    }
    expect([await stored('ID-1'), await stored('ID-2')]).toMatchObject([{ length: 1 }, { length: 0 }]);
  });

  it('is stored on one of two streams that race for its id', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = uuidv7();
      const skus = Array.from({ length: 6 }, (_, index) => `RACE-${round}-${index}`);
      const answers = await Promise.all(skus.map((sku) => report(sku, [price(sku, 1, id)])));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array<number>(skus.length - 1).fill(422)]);
    }
  });
});

describe('reports of many at once', () => {
  it('are all stored if no version is expected, beside other changes', async () => {
    const { shop } = service();
    await shop.stock('HOT-1', 1);
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) =>
        index % 3 === 0 ? shop.stock('HOT-1', 10_000 + index) : report('HOT-1', [price('HOT-1', index)]),
      ),
    );
    const reported = answers.filter((answer) => 'status' in answer);
    expect(reported.map(({ status }) => status)).toEqual(Array(40).fill(201));
    const events = await stored('HOT-1');
    expect(events.filter(({ type }) => type === TYPE)).toHaveLength(40);
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
  });

  it('are stored once for each expected version; the others get the current one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => report('LOCK-1', [price('LOCK-1')], { expectedVersion: 0 })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(expectProblem(answer, '412 VERSION_MISMATCH')).toMatchObject({ currentVersion: 1 });
    }
    expect(await stored('LOCK-1')).toHaveLength(1);
  });
});

describe('what cannot be reported', () => {
  const good = price('BAD-1');
  const event = (change: object) => ({ stream: 'product-BAD-1', events: [good, { ...good, ...change }] });
  const body = (change: object) => ({ stream: 'product-BAD-1', events: [good], ...change });
  const INVALID = '422 EVENT_INVALID';
  const MALFORMED = '400 VALIDATION_FAILED';
  const NOT_PUBLISHABLE = '403 EVENT_NOT_PUBLISHABLE';

  it.each<[what: string, refusal: string, pointers: string, body: unknown]>([
    ['a type of our own', NOT_PUBLISHABLE, '/events/1/type', event({ type: 'product.price-changed' })],
    ['a type of carts', NOT_PUBLISHABLE, '/events/1/type', event({ type: 'cart.opened' })],
    ['an unknown type', NOT_PUBLISHABLE, '/events/1/type', event({ type: 'product.burnt' })],
    ['a name that every object has', NOT_PUBLISHABLE, '/events/1/type', event({ type: 'toString' })],
    ['a stream of another category', INVALID, '/stream', body({ stream: 'cart-BAD-1' })],
    ['a stream without an id', INVALID, '/stream', body({ stream: 'product-' })],
    ['a stream without a category', INVALID, '/stream', body({ stream: 'BAD-1' })],
    ['another SKU than the stream', INVALID, '/events/0/data/sku', body({ stream: 'product-BAD-2' })],
    ['a SKU that is none', INVALID, '/events/1/data/sku', event({ data: data('BAD*1') })],
    ['no SKU', INVALID, '/events/1/data/sku', event({ data: { price: good.data.price } })],
    ['no price', INVALID, '/events/1/data/price', event({ data: { sku: 'BAD-1' } })],
    ['a price as a text', INVALID, '/events/1/data/price/amount', event({ data: data('BAD-1', '5') })],
    ['half a cent', INVALID, '/events/1/data/price/amount', event({ data: data('BAD-1', 0.5) })],
    ['a negative price', INVALID, '/events/1/data/price/amount', event({ data: data('BAD-1', -1) })],
    ['too great a price', INVALID, '/events/1/data/price/amount', event({ data: data('BAD-1', 2 ** 53) })],
    ['an unknown field', INVALID, '/events/1/data/name', event({ data: { ...good.data, name: 'x' } })],
    [
      'a field that every object has',
      INVALID,
      '/events/1/data/toString',
      event({ data: { ...good.data, toString: 1 } }),
    ],
    ['no events', MALFORMED, '/events', body({ events: [] })],
    ['101 events', MALFORMED, '/events', body({ events: Array(101).fill(good) })],
    ['events that are no list', MALFORMED, '/events', body({ events: good })],
    ['no stream', MALFORMED, '/stream', { events: [good] }],
    ['a stream that is no text', MALFORMED, '/stream', body({ stream: 1 })],
    ['a stream of 257 characters', MALFORMED, '/stream', body({ stream: `product-${'x'.repeat(249)}` })],
    ['an id that is no UUID', MALFORMED, '/events/1/id', event({ id: '1' })],
    ['an id that is null', MALFORMED, '/events/1/id', event({ id: null })],
    ['no data', MALFORMED, '/events/1/data', event({ data: undefined })],
    ['data that is a list', MALFORMED, '/events/1/data', event({ data: [] })],
    ['a version as a text', MALFORMED, '/expectedVersion', body({ expectedVersion: '1' })],
    ['a negative version', MALFORMED, '/expectedVersion', body({ expectedVersion: -1 })],
    ['a time of its own', MALFORMED, '/events/1/occurredAt', event({ occurredAt: '2030-01-01T00:00:00Z' })],
    ['a version that is not there', '412 VERSION_MISMATCH', '', body({ expectedVersion: 1 })],
    ['a version that never is', '412 VERSION_MISMATCH', '', body({ expectedVersion: 2 ** 40 })],
  ])('%s: %s %s, and nothing is stored', async (_what, refusal, pointers, request) => {
    const before = await eventCount(service().commandDatabaseUrl);
    const problem = expectProblem(await send(request), refusal);
    expect(pointersOf(problem).join(',')).toBe(pointers);
    if (refusal.startsWith('412')) expect(problem).toMatchObject({ currentVersion: 0 });
    expect(await eventCount(service().commandDatabaseUrl)).toBe(before);
  });

  it('lists every fault', async () => {
    const request = { stream: 'product-BAD-1', events: [price('BAD-1', -1), price('BAD-2'), good] };
    expect(pointersOf(expectProblem(await send(request), INVALID))).toEqual([
      '/events/0/data/price/amount',
      '/events/1/data/sku',
    ]);
  });
});
