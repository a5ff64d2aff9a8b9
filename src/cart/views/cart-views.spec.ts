import fc from 'fast-check';
import type { RecordedEvent } from '../../event-sourcing/index.js';
import { cartContent } from '../cart-content.js';
import {
  CartDiscarded,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
  type CartEvent,
} from '../domain/cart.events.js';
import { aWish, story } from '../testing/arbitrary-decisions.js';
import { added, cap, capId, cartId, mug, mugId, opened } from '../testing/examples.js';
import { CartDetailsProjection } from './cart-details.projection.js';
import { CartSummaryProjection } from './cart-summary.projection.js';

const details = new CartDetailsProjection();
const summary = new CartSummaryProjection();

function recorded(event: CartEvent, version: number, occurredAt: Date): RecordedEvent<CartEvent> {
  const metadata = {
    correlationId: 'c',
    causationId: 'c',
    actor: { type: 'guest', id: null },
    commandId: 'c',
  };
  return {
    position: version,
    stream: `cart-${cartId}`,
    version,
    id: `e${version}`,
    occurredAt,
    metadata,
    event,
  };
}

const second = (version: number) => new Date(Date.UTC(2030, 0, 1) + (version - 1) * 1_000);
const history = (...events: CartEvent[]) =>
  events.map((event, index) => recorded(event, index + 1, second(index + 1)));

type Evolve<Row> = (row: Row | undefined, event: RecordedEvent<CartEvent>) => Row;

function rowAfter<Row>(evolve: Evolve<Row>, events: readonly RecordedEvent<CartEvent>[]): Row | undefined {
  return events.reduce<Row | undefined>((row, event) => evolve(row, event), undefined);
}

/** What becomes of a row that is stored and loaded between two events. */
const throughTheDatabase =
  <Row>(evolve: Evolve<Row>): Evolve<Row> =>
  (row, event) => {
    const stored = evolve(row, event);
    const revive = (key: string, value: unknown) =>
      /^(created|updated)At$/.test(key) ? new Date(String(value)) : value;
    return JSON.parse(JSON.stringify(stored), revive) as Row;
  };

const evolveDetails: Evolve<ReturnType<typeof details.evolve>> = (row, event) => details.evolve(row, event);
const evolveSummary: Evolve<ReturnType<typeof summary.evolve>> = (row, event) => summary.evolve(row, event);

const shopping = history(
  opened,
  added(mugId, mug, 2, { colour: 'blue' }),
  added(capId, cap, 1),
  added(mugId, { ...mug, name: 'Renamed', price: { amount: 1500, currency: 'EUR' } }, 3),
  new ItemQuantityChanged({ cartId, itemId: capId, quantity: 4 }),
  new ItemRepriced({ cartId, itemId: capId, name: 'Cap', unitPrice: 1000 }),
);
const sums = { itemCount: 2, quantity: 9, total: 5 * 1500 + 4 * 1000 };
const common = {
  id: cartId,
  version: 6,
  status: 'active',
  customerId: null,
  currency: 'EUR',
  ...sums,
  createdAt: second(1),
  updatedAt: second(6),
};

describe('the views of a cart', () => {
  it('belong to the cart that the event tells of', () => {
    for (const event of shopping) {
      expect(details.keyOf(event)).toBe(cartId);
      expect(summary.keyOf(event)).toBe(cartId);
    }
  });

  it('show, in detail, each item as it is, in the order in which they appeared', () => {
    const mugs = {
      id: mugId,
      sku: 'MUG-1',
      name: 'Renamed',
      options: { colour: 'blue' },
      quantity: 5,
      unitPrice: 1500,
    };
    const caps = { id: capId, sku: 'CAP-1', name: 'Cap', options: {}, quantity: 4, unitPrice: 1000 };
    expect(rowAfter(evolveDetails, shopping)).toEqual({
      ...common,
      items: [
        { ...mugs, addedAt: second(2).toISOString() },
        { ...caps, addedAt: second(3).toISOString() },
      ],
    });
  });

  it('show, in short, what it comes to and which products it holds', () => {
    expect(rowAfter(evolveSummary, shopping)).toEqual({
      ...common,
      skus: ['MUG-1', 'CAP-1'],
      lines: [
        { id: mugId, sku: 'MUG-1', quantity: 5, unitPrice: 1500 },
        { id: capId, sku: 'CAP-1', quantity: 4, unitPrice: 1000 },
      ],
    });
  });

  it('name a product once, and as long as any item has it', () => {
    const twice = [opened, added(mugId, mug, 1), added(capId, mug, 1, { colour: 'red' })];
    expect(rowAfter(evolveSummary, history(...twice))?.skus).toEqual(['MUG-1']);
    const once = [...twice, new ItemRemoved({ cartId, itemId: mugId })];
    expect(rowAfter(evolveSummary, history(...once))?.skus).toEqual(['MUG-1']);
    const none = [...once, new ItemRemoved({ cartId, itemId: capId })];
    expect(rowAfter(evolveSummary, history(...none))?.skus).toEqual([]);
  });

  it('keep what a discarded cart held', () => {
    const events = history(opened, added(mugId, mug, 2), new CartDiscarded({ cartId }));
    expect(rowAfter(evolveDetails, events)).toMatchObject({ status: 'discarded', itemCount: 1, total: 3998 });
    expect(rowAfter(evolveSummary, events)).toMatchObject({ status: 'discarded', skus: ['MUG-1'] });
  });

  it('refuse events of a cart of which they never saw the beginning', () => {
    const [, ...later] = shopping;
    expect(() => rowAfter(evolveDetails, later)).toThrow(/before "cart.opened"/);
    expect(() => rowAfter(evolveSummary, later)).toThrow(/before "cart.opened"/);
  });
});

describe('whatever happens to a cart', () => {
  it('shows alike on the write side and in both views, however often the rows were stored in between', () => {
    fc.assert(
      fc.property(fc.array(aWish, { maxLength: 25 }), (wishes) => {
        let rows: [ReturnType<typeof details.evolve>?, ReturnType<typeof summary.evolve>?] = [];
        story(wishes).forEach(({ event, occurredAt, after }, index) => {
          const next = recorded(event, index + 1, occurredAt);
          const inDetail = evolveDetails(rows[0], next);
          const inShort = evolveSummary(rows[1], next);
          expect(throughTheDatabase(evolveDetails)(rows[0], next)).toEqual(inDetail);
          expect(throughTheDatabase(evolveSummary)(rows[1], next)).toEqual(inShort);
          rows = [inDetail, inShort];

          // When a price was caught is for decisions alone.
          const shown = (key: string, value: unknown) => (key === 'pricedAt' ? undefined : value);
          expect(JSON.stringify(inDetail)).toBe(JSON.stringify(cartContent(after), shown));
          const { items, ...shared } = inDetail;
          expect(inShort).toMatchObject(shared);
          expect(new Set(inShort.skus)).toEqual(new Set(items.map(({ sku }) => sku)));
        });
      }),
    );
  });
});
