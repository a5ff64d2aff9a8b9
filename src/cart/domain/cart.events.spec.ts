import { emptyStream, EventRegistry, fold } from '../../event-sourcing/index.js';
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

/** An event, and its data as PostgreSQL has stored it. */
interface Stored {
  readonly event: CartEvent | CartAssigned;
  readonly data: Record<string, unknown>;
}

/** Every event must have an entry for its first schema version; later versions add entries. */
type EveryEvent = Record<`${Stored['event']['type']}.v1`, Stored> & Record<string, Stored>;

const item = {
  cartId: '0197a2f0-6c1e-7d43-9b1a-4f0f5c7b2e11',
  itemId: '0197a2f0-7a05-7f6c-8d2e-1c9be6f3a902',
};
const cart = { cartId: '0197a2f0-6c1e-7d43-9b1a-4f0f5c7b2e11' };
const merge = { intoCartId: '0197a2f0-9d02-7a31-8c55-3be09f1d2a47', intoBefore: 5, intoAfter: 7 };
const mug = { sku: 'MUG-1', name: 'Mug, 300 ml', options: { size: 'L', colour: 'blue' } };

/**
 * All events that were ever stored, by type and schema version, in the order of one cart's life. Never change an
 * entry.
 */
const STORED: EveryEvent = {
  'cart.opened.v1': {
    data: { ...cart, currency: 'EUR', customerId: null },
    event: new CartOpened({ cartId, currency: 'EUR', customerId: null }),
  },
  'cart.item-added.v1': {
    data: { ...item, ...mug, quantity: 2, unitPrice: 1999 },
    event: new ItemAdded({ cartId, itemId: mugId, ...mug, quantity: 2, unitPrice: 1999 }),
  },
  'cart.item-quantity-changed.v1': {
    data: { ...item, quantity: 5 },
    event: new ItemQuantityChanged({ cartId, itemId: mugId, quantity: 5 }),
  },
  'cart.item-repriced.v1': {
    data: { ...item, name: 'Mug, 300 ml, new', unitPrice: 1899 },
    event: new ItemRepriced({ cartId, itemId: mugId, name: 'Mug, 300 ml, new', unitPrice: 1899 }),
  },
  'cart.item-removed.v1': { data: item, event: new ItemRemoved({ cartId, itemId: mugId }) },
  'cart.cleared.v1': { data: cart, event: new CartCleared({ cartId }) },
  'cart.abandoned.v1': { data: cart, event: new CartAbandoned({ cartId }) },
  'cart.discarded.v1': { data: cart, event: new CartDiscarded({ cartId }) },
  'cart.claimed.v1': {
    data: { ...cart, customerId: 'carla' },
    event: new CartClaimed({ cartId, customerId: 'carla' }),
  },
  'cart.merged.v1': {
    data: { ...cart, customerId: 'carla', ...merge },
    event: new CartMerged({ cartId, customerId: 'carla', ...merge }),
  },
  'customer.cart-assigned.v1': {
    data: { ...cart, customerId: 'carla' },
    event: new CartAssigned({ customerId: 'carla', cartId }),
  },
};

const registry = new EventRegistry();
registry.register(cartEvents);
registry.register(customerEvents);

const versions = [...cartEvents.events, ...customerEvents.events].flatMap(({ type, schemaVersion }) =>
  Array.from({ length: schemaVersion }, (_, index) => ({ type, version: index + 1, schemaVersion })),
);

describe('a stored cart event', () => {
  it.each(versions)(
    'has a sample that is read as the event: $type, version $version',
    ({ type, version }) => {
      const sample = STORED[`${type}.v${version}`];
      expect(sample).toBeDefined();
      expect(registry.rebuild(type, version, sample?.data ?? {})).toStrictEqual(sample?.event);
    },
  );

  it.each(versions)(
    'is stored as its sample says: $type, version $version',
    ({ type, version, schemaVersion }) => {
      if (version < schemaVersion) return;
      const sample = STORED[`${type}.v${version}`];
      expect(JSON.parse(JSON.stringify(sample?.event))).toEqual(sample?.data);
    },
  );

  it('can be folded', () => {
    const occurredAt = new Date('2030-01-01T00:00:00Z');
    const events = Object.values(STORED).flatMap(({ event }) =>
      event instanceof CartAssigned ? [] : [event],
    );
    const { state } = fold(
      cartDecider,
      emptyStream(cartDecider),
      events.map((event) => ({ event, occurredAt })),
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
