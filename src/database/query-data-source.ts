import type { DataSourceOptions } from 'typeorm';
import { CatalogProduct } from '../catalog/views/catalog-product.entity.js';
import { CartHeader } from '../cart/views/cart-header.entity.js';
import { CartItemRow } from '../cart/views/cart-item-row.entity.js';
import { connectionSettings, querySchema } from '../event-sourcing/index.js';

import { CreateViews1767225600000 } from './migrations/1767225600000-create-views.js';
import { CreateCartViews1767225600010 } from '../cart/migrations/1767225600010-create-cart-views.js';

/** The query database: the views and the checkpoints of their projections. */
export function queryDataSource(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    applicationName: 'query',
    entities: [...querySchema.entities, CatalogProduct, CartHeader, CartItemRow],
    migrations: [...querySchema.migrations, CreateViews1767225600000, CreateCartViews1767225600010],
    ...connectionSettings(url),
  };
}
