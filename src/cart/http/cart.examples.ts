import { EXAMPLE_CART_TOKEN } from '../../access/access.docs.js';
import type { CartDto } from './cart.dto.js';
import type { CartSummaryDto } from './find-carts.dto.js';

/** The ids in all examples. Swagger UI replaces them by the ids in the answers to earlier requests. */
export const CART_ID = '0197a2f0-6c1e-7d43-9b1a-4f0f5c7b2e11';
export const ITEM_ID = '0197a2f0-7a05-7f6c-8d2e-1c9be6f3a902';
const TEA_ID = '0197a2f0-8b3c-7e90-a1f4-77d0c4e5b216';
const OPENED_AT = '2026-11-23T09:15:02.120Z';
const ADDED_AT = '2026-11-23T09:15:40.007Z';

const item = {
  id: ITEM_ID,
  sku: 'MUG-1',
  name: 'Mug, 300 ml',
  options: { colour: 'blue' },
  quantity: 2,
  unitPrice: { amount: 1999, currency: 'EUR' },
  total: { amount: 3998, currency: 'EUR' },
  addedAt: ADDED_AT,
};

const tea = {
  id: TEA_ID,
  sku: 'TEA-1',
  name: 'Darjeeling, 100 g',
  options: {},
  quantity: 1,
  unitPrice: { amount: 890, currency: 'EUR' },
  total: { amount: 890, currency: 'EUR' },
  addedAt: ADDED_AT,
};

const addition = { sku: 'MUG-1', quantity: 2, options: { colour: 'blue' } };

const summary = {
  id: CART_ID,
  version: 3,
  status: 'active',
  customerId: null,
  itemCount: 2,
  quantity: 3,
  total: { amount: 4888, currency: 'EUR' },
  createdAt: OPENED_AT,
  updatedAt: ADDED_AT,
} satisfies Jsonified<CartSummaryDto>;

const cart = {
  ...summary,
  currency: 'EUR',
  items: [item, tea],
  notices: [
    {
      code: 'PRICE_CHANGED',
      itemId: ITEM_ID,
      previous: { amount: 1999, currency: 'EUR' },
      current: { amount: 1899, currency: 'EUR' },
    },
  ],
} satisfies Jsonified<CartDto>;

const token = EXAMPLE_CART_TOKEN;

const nothing = { items: [], itemCount: 0, quantity: 0, total: { amount: 0, currency: 'EUR' }, notices: [] };

/** Requests and answers of the OpenAPI document. They tell one story of one cart. */
export const EXAMPLES = {
  addition,
  opening: { currency: 'EUR', items: [addition, { sku: 'TEA-1', quantity: 1 }] },
  operations: {
    operations: [
      { op: 'add', ...addition },
      { op: 'change', itemId: ITEM_ID, quantity: 3 },
      { op: 'remove', itemId: TEA_ID },
    ],
  },
  cart,
  emptyCart: { ...cart, version: 4, ...nothing },
  version: { id: CART_ID, version: 3 },
  guestCart: { ...cart, token },
  guestVersion: { id: CART_ID, version: 3, token },
  items: { items: [item, tea] },
  events: {
    events: [
      {
        id: '0197a2f0-7a06-7b1d-a3c4-90d2e81f6b55',
        type: 'cart.item-added',
        version: 2,
        position: 4711,
        occurredAt: ADDED_AT,
        actor: { type: 'guest', id: null },
        correlationId: '0197a2f0-79ff-7c38-b6f1-2aa4d5c0e713',
        causationId: '0197a2f0-79ff-7c38-b6f1-2aa4d5c0e713',
        data: {
          cartId: CART_ID,
          itemId: ITEM_ID,
          sku: 'MUG-1',
          name: 'Mug, 300 ml',
          options: { colour: 'blue' },
          quantity: 2,
          unitPrice: 1999,
        },
      },
    ],
    next: null,
  },
  carts: {
    carts: [summary],
    nextCursor: null,
  },
};

/** The type of a value after it was sent as JSON. */
type Jsonified<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Jsonified<T[Key]> } : T;
