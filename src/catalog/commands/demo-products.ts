import type { Product } from '../port/catalog.port.js';

/** SKU, name and price in euro cents. */
const ROWS = [
  ['MUG-1', 'Mug, 300 ml', 1999],
  ['MUG-2', 'Mug, 500 ml', 2499],
  ['POT-1', 'Teapot, 1 l', 3950],
  ['SPOON-6', 'Teaspoons, set of six', 1490],
  ['TEA-1', 'Darjeeling, 100 g', 890],
  ['TEA-2', 'Earl Grey, 100 g', 640],
  ['TIN-1', 'Tea caddy', 1250],
  ['TOWEL-1', 'Tea towel', 720],
] as const;

/** The demonstration catalogue. The examples of the OpenAPI document use its products. */
export const DEMO_PRODUCTS: readonly Product[] = ROWS.map(([sku, name, amount]) => {
  return { sku, name, price: { amount, currency: 'EUR' }, active: true };
});
