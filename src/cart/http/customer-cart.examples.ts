import { EXAMPLES } from './cart.examples.js';

const OWN_ID = '0197a2f0-9d02-7a31-8c55-3be09f1d2a47';
const { colour } = EXAMPLES.addition.options;

const ownCart = { ...EXAMPLES.cart, id: OWN_ID, version: 5, customerId: 'carla' };

/** Answers to customers in the OpenAPI document. */
export const CUSTOMER_EXAMPLES = {
  ownCart,
  newCart: { ...EXAMPLES.emptyCart, id: OWN_ID, version: 1, customerId: 'carla' },
  ownVersion: { id: OWN_ID, version: 5 },
  newVersion: { id: OWN_ID, version: 1 },
  claims: {
    taken: {
      summary: 'The cart became yours as it was',
      value: { cart: { ...EXAMPLES.cart, version: 4, customerId: 'carla' }, merged: [] },
    },
    merged: {
      summary: 'The cart was merged into your open cart',
      value: { cart: ownCart, merged: [{ sku: 'MUG-1', options: { colour }, from: 1, into: 1, result: 2 }] },
    },
  },
};
