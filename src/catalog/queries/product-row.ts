import type { RowOf } from '../../event-sourcing/index.js';
import type { ProductContent } from '../domain/product-content.js';
import type { CatalogProduct } from '../views/catalog-product.entity.js';

/** The content of a row of the view. */
export function contentOf(row: RowOf<typeof CatalogProduct>): ProductContent {
  const { sku, name, priceAmount: amount, priceCurrency: currency, active, version, updatedAt } = row;
  return { sku, name, price: { amount, currency }, active, version, updatedAt };
}
