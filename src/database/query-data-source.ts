import type { DataSourceOptions } from 'typeorm';
import { CatalogProduct } from '../catalog/views/catalog-product.entity.js';
import { CartDetails } from '../cart/views/cart-details.entity.js';
import { CartSummary } from '../cart/views/cart-summary.entity.js';
import { querySchema } from '../event-sourcing/index.js';
import { connectionSettings } from './connection-settings.js';
import { CreateViews1767225600000 } from './migrations/query/1767225600000-create-views.js';

/** The query database: the views, and the checkpoints of the projections that keep them. */
export function queryDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    applicationName: 'query',
    entities: [...querySchema.entities, CatalogProduct, CartDetails, CartSummary],
    migrations: [...querySchema.migrations, CreateViews1767225600000],
    ...connectionSettings(url, 10),
  };
}
