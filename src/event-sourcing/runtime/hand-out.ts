import { deepFreeze } from '../kernel/deep-freeze.js';

/**
 * What a decision, a query or a projection is given to look at. Others hold it too, so a change in place would be seen by
 * them, or be lost. Outside of production it is frozen, which makes such a change an error; production is spared the cost.
 */
export const handOut: <T>(value: T) => T =
  process.env['NODE_ENV'] === 'production' ? (value) => value : deepFreeze;
