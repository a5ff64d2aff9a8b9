import type { SchemaObject } from '../../http/openapi/operations.js';
import { registerProblems, type ProblemKind } from '../../http/problems/problem-codes.js';
import { CART_ID } from './cart.examples.js';

const CART_PROBLEMS = {
  CART_NOT_FOUND: { status: 404, title: 'Cart not found' },
  VERSION_NOT_FOUND: { status: 404, title: 'Version not found' },
  // Unlike CART_NOT_FOUND, this reaches only callers who may see the cart, so it can be kept for repeats.
  ITEM_NOT_FOUND: { status: 404, title: 'Item not found', isKept: true },
  ACTIVE_CART_EXISTS: { status: 409, title: 'There is an open cart already', example: { cartId: CART_ID } },
  CART_CLOSED: { status: 409, title: 'The cart is closed' },
  PRODUCT_NOT_SELLABLE: { status: 422, title: 'The product cannot be sold' },
  CURRENCY_MISMATCH: { status: 422, title: 'The currencies differ' },
  QUANTITY_OUT_OF_RANGE: { status: 422, title: 'The quantity is out of range' },
  ITEM_LIMIT_REACHED: { status: 422, title: 'The cart holds too many items' },
  VIEW_BEHIND: { status: 503, title: 'The view is not up to date yet', retryAfter: 1 },
} as const satisfies Record<string, ProblemKind>;

declare module '../../http/problems/problem-codes.js' {
  interface ProblemCodes {
    readonly cart: keyof typeof CART_PROBLEMS;
  }
}

const COUNT: SchemaObject = { type: 'integer', format: 'int64', minimum: 0 };

registerProblems(CART_PROBLEMS, {
  currentVersion: { ...COUNT, description: 'VERSION_MISMATCH, VERSION_NOT_FOUND: the present version.' },
  cartId: { type: 'string', format: 'uuid', description: 'ACTIVE_CART_EXISTS: the cart to go on with.' },
  cartStatus: { type: 'string', description: 'CART_CLOSED: what has become of it.' },
  cartCurrency: { type: 'string', description: 'CURRENCY_MISMATCH.' },
  claimedCurrency: { type: 'string', description: 'CURRENCY_MISMATCH of a claim: that of the guest cart.' },
  productCurrency: { type: 'string', description: 'CURRENCY_MISMATCH.' },
  minimum: { ...COUNT, description: 'QUANTITY_OUT_OF_RANGE, AMOUNT_OUT_OF_RANGE: the least that is taken.' },
  maximum: { ...COUNT, description: 'The same, ITEM_LIMIT_REACHED: the most that is taken.' },
  present: { ...COUNT, description: 'QUANTITY_OUT_OF_RANGE: what is there already, unless that is nothing.' },
});
