/** Injects the `CartLimits` of the configuration. */
export const CART_LIMITS = Symbol('CART_LIMITS');

/** Injects the time after which an idle cart is abandoned, in milliseconds. */
export const ABANDON_AFTER = Symbol('ABANDON_AFTER');

export type { CartLimits } from '../domain/cart.rules.js';
