import { deepFreeze } from '../kernel/deep-freeze.js';

/**
 * Prepares a state or a row for a decision, a query or a projection. Others hold the same object, so that a change in
 * place would affect them or be lost. Outside of production the object is frozen, and such a change is an error;
 * production is spared the cost.
 */
export const handOut: <T>(value: T) => T =
  process.env['NODE_ENV'] === 'production' ? (value) => value : deepFreeze;
