import type { DataSourceOptions } from 'typeorm';
import { CatalogProduct } from '../catalog/views/catalog-product.entity.js';
import { CartDetails } from '../cart/views/cart-details.entity.js';
import { CartSummary } from '../cart/views/cart-summary.entity.js';
import { CheckpointRow, CreateCheckpoints1767139200001 } from '../event-sourcing/index.js';
import { CreateViews1767225600000 } from './migrations/query/1767225600000-create-views.js';

/** The query database: the views, and the checkpoints of the projections that keep them. */
export function queryDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'query',
    entities: [CheckpointRow, CatalogProduct, CartDetails, CartSummary],
    migrations: [CreateCheckpoints1767139200001, CreateViews1767225600000],
    extra: { options: '-c synchronous_commit=on', max: 10, keepAlive: true },
  };
}
