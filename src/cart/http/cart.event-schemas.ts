import {
  AMOUNT_FIELD,
  CURRENCY_FIELD,
  TIME_FIELD,
  UUID_FIELD,
  type EventDescriptions,
} from '../../http/asyncapi/event-schemas.js';
import type { CartEvent } from '../domain/cart.events.js';
import type { CartAssigned } from '../domain/customer.events.js';

const CART = { cartId: UUID_FIELD };
const ITEM = { ...CART, itemId: UUID_FIELD };
const CUSTOMER = { type: 'string', description: 'The subject of the JWT.' } as const;
const SKU = { type: 'string', examples: ['MUG-1'] } as const;
const NAME = { type: 'string', description: 'From the catalogue.', examples: ['Mug, 300 ml'] } as const;
const QUANTITY = { type: 'integer', minimum: 1, examples: [2] } as const;
const UNIT_PRICE = {
  ...AMOUNT_FIELD,
  description: "In minor units of the cart's currency. It becomes the price of the whole item.",
} as const;
const VERSION = { type: 'integer', minimum: 1 } as const;

/** The events of carts and of customers for readers outside of the service. */
export const CART_EVENT_SCHEMAS: EventDescriptions<CartEvent | CartAssigned> = {
  'cart.opened': {
    summary: 'A cart was opened.',
    required: {
      ...CART,
      currency: CURRENCY_FIELD,
      customerId: { type: ['string', 'null'], description: "Null for a guest's cart." },
    },
    optional: {},
  },
  'cart.item-added': {
    summary: 'A new item was added, or the quantity of an item was increased.',
    required: {
      ...ITEM,
      sku: SKU,
      name: NAME,
      options: {
        type: 'object',
        additionalProperties: { type: 'string' },
        examples: [{ size: 'L', colour: 'blue' }],
      },
      quantity: { ...QUANTITY, description: 'The quantity that was added.' },
      unitPrice: UNIT_PRICE,
    },
    optional: {
      pricedAt: {
        ...TIME_FIELD,
        description: 'When the item took its price from the catalogue, if it came from a merged cart.',
      },
    },
  },
  'cart.item-quantity-changed': {
    summary: 'An item has a new quantity.',
    required: { ...ITEM, quantity: QUANTITY },
    optional: {},
  },
  'cart.item-removed': { summary: 'An item was removed.', required: ITEM, optional: {} },
  'cart.cleared': { summary: 'All items were removed.', required: CART, optional: {} },
  'cart.item-repriced': {
    summary: 'An item took the present name and price from the catalogue.',
    required: { ...ITEM, name: NAME, unitPrice: UNIT_PRICE },
    optional: {},
  },
  'cart.abandoned': {
    summary: 'Nobody has changed the items for a long time. The next change makes the cart active again.',
    required: CART,
    optional: {},
  },
  'cart.discarded': { summary: 'The cart was discarded.', required: CART, optional: {} },
  'cart.claimed': {
    summary: "A guest's cart became the customer's.",
    required: { ...CART, customerId: CUSTOMER },
    optional: {},
  },
  'cart.merged': {
    summary: "A guest's cart was merged into the open cart of a customer, and is closed.",
    required: {
      ...CART,
      customerId: CUSTOMER,
      intoCartId: UUID_FIELD,
      intoBefore: { ...VERSION, description: 'The version of the other cart before.' },
      intoAfter: { ...VERSION, description: 'The version of the other cart after.' },
    },
    optional: {},
  },
  'customer.cart-assigned': {
    summary: 'The customer has a new current cart.',
    required: { customerId: CUSTOMER, ...CART },
    optional: {},
  },
};
