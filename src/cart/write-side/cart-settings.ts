/** The token under which the module provides its `CartLimits`. */
export const CART_LIMITS = Symbol('CART_LIMITS');

/** The token under which the module provides how long a cart may be idle before it is abandoned, in milliseconds. */
export const ABANDON_AFTER = Symbol('ABANDON_AFTER');

export type { CartLimits } from '../domain/cart.rules.js';
