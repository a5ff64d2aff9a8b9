import {
  CartAbandoned,
  CartClaimed,
  CartCleared,
  CartDiscarded,
  CartMerged,
  CartOpened,
  ItemAdded,
  ItemQuantityChanged,
  ItemRemoved,
  ItemRepriced,
  type CartEvent,
} from '../domain/cart.events.js';
import { CartAssigned } from '../domain/customer.events.js';
import { cartId, mugId } from './examples.js';

/** An event, and its data as PostgreSQL has stored it. */
interface Stored {
  readonly event: CartEvent | CartAssigned;
  readonly data: Record<string, unknown>;
}

/** Every event must have an entry for its first schema version; later versions add entries. */
type EveryEvent = Record<`${Stored['event']['type']}.v1`, Stored> & Record<string, Stored>;

// Parts of stored data. Events are written out beside them: a renamed attribute must not change what was stored.
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
export const STORED_EVENTS: EveryEvent = {
  'cart.opened.v1': {
    data: { ...cart, currency: 'EUR', customerId: null },
    event: new CartOpened({ cartId, currency: 'EUR', customerId: null }),
  },
  'cart.item-added.v1': {
    data: { ...item, ...mug, quantity: 2, unitPrice: 1999 },
    event: new ItemAdded({
      cartId,
      itemId: mugId,
      sku: 'MUG-1',
      name: 'Mug, 300 ml',
      options: { size: 'L', colour: 'blue' },
      quantity: 2,
      unitPrice: 1999,
    }),
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
    event: new CartMerged({
      cartId,
      customerId: 'carla',
      intoCartId: '0197a2f0-9d02-7a31-8c55-3be09f1d2a47',
      intoBefore: 5,
      intoAfter: 7,
    }),
  },
  'customer.cart-assigned.v1': {
    data: { ...cart, customerId: 'carla' },
    event: new CartAssigned({ customerId: 'carla', cartId }),
  },
};
