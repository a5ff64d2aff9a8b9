import { readdirSync, readFileSync } from 'node:fs';
import { emptyStream, EventRegistry, fold, type DomainEvent } from '../../event-sourcing/index.js';
import { cartId, mugId } from '../testing/examples.js';
import { cartDecider } from './cart.js';
import {
  CartAbandoned,
  CartClaimed,
  CartCleared,
  CartDiscarded,
  cartEvents,
  CartMerged,
  CartOpened,
  ItemAdded,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
  type CartEvent,
} from './cart.events.js';
import { CartAssigned, customerEvents } from './customer.events.js';

const SAMPLES = new URL('./samples/', import.meta.url);

interface Sample {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: Record<string, unknown>;
}

const samples = readdirSync(SAMPLES).map(
  (name) => JSON.parse(readFileSync(new URL(name, SAMPLES), 'utf8')) as Sample,
);
const registry = new EventRegistry();
registry.register(cartEvents);
registry.register(customerEvents);

/** What each sample must be read as, today and for ever. */
const read: CartEvent[] = [
  new CartOpened({ cartId, currency: 'EUR', customerId: null }),
  new ItemAdded({
    cartId,
    itemId: mugId,
    sku: 'MUG-1',
    name: 'Mug, 300 ml',
    options: { size: 'L', colour: 'blue' },
    quantity: 2,
    unitPrice: 1999,
  }),
  new ItemQuantityChanged({ cartId, itemId: mugId, quantity: 5 }),
  new ItemRepriced({ cartId, itemId: mugId, name: 'Mug, 300 ml, new', unitPrice: 1899 }),
  new ItemRemoved({ cartId, itemId: mugId }),
  new CartCleared({ cartId }),
  new CartAbandoned({ cartId }),
  new CartDiscarded({ cartId }),
  new CartClaimed({ cartId, customerId: 'carla' }),
  new CartMerged({
    cartId,
    customerId: 'carla',
    intoCartId: '0197a2f0-9d02-7a31-8c55-3be09f1d2a47',
    intoBefore: 5,
    intoAfter: 7,
  }),
];
const readOfCustomers = [new CartAssigned({ customerId: 'carla', cartId })];

describe('a stored cart event', () => {
  it('has a sample of every version that was ever stored', () => {
    const stored = [...cartEvents.events, ...customerEvents.events].flatMap(({ type, schemaVersion }) =>
      Array.from({ length: schemaVersion }, (_, index) => `${type}.v${index + 1}`),
    );
    expect(samples.map(({ type, schemaVersion }) => `${type}.v${schemaVersion}`).sort()).toEqual(
      stored.sort(),
    );
  });

  it.each(samples)(
    'is read as what it was: $type, version $schemaVersion',
    ({ type, schemaVersion, data }) => {
      const rebuilt: DomainEvent = registry.rebuild(type, schemaVersion, data);
      const expected = [...read, ...readOfCustomers].find((event) => event.type === type);
      expect(rebuilt).toStrictEqual(expected);
    },
  );

  it('is stored as its sample has it', () => {
    for (const event of [...read, ...readOfCustomers]) {
      expect(JSON.parse(JSON.stringify(event))).toEqual(
        samples.find(({ type }) => type === event.type)?.data,
      );
    }
  });

  it('can be folded', () => {
    const occurredAt = new Date('2030-01-01T00:00:00Z');
    const { state } = fold(
      cartDecider,
      emptyStream(cartDecider),
      read.map((event) => ({ event, occurredAt })),
    );
    expect(state).toMatchObject({
      status: 'merged',
      customerId: 'carla',
      id: cartId,
      currency: 'EUR',
      items: [],
    });
  });
});
