/** The token under which the module provides its `CartLimits`. */
export const CART_LIMITS = Symbol('CART_LIMITS');

export type { CartLimits } from './domain/cart.rules.js';
