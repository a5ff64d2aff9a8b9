import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { MoreThan } from 'typeorm';
import { LiveViews } from '../../event-sourcing/index.js';
import type { ProductContent } from '../domain/product-content.js';
import { CatalogProduct } from '../views/catalog-product.entity.js';
import { CatalogProductsProjection } from '../views/catalog-products.projection.js';
import { contentOf } from './product-row.js';

/** Some products by SKU, and the last SKU if more follow. */
export interface ProductPage {
  readonly products: readonly ProductContent[];
  readonly next: string | null;
}

/** List products by SKU, after the SKU `after`. */
export class FindProductsQuery extends Query<ProductPage> {
  constructor(
    readonly after: string | undefined,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(FindProductsQuery)
export class FindProductsHandler implements IQueryHandler<FindProductsQuery> {
  constructor(private readonly views: LiveViews) {}

  async execute({ after, limit }: FindProductsQuery): Promise<ProductPage> {
    // One row more than requested shows whether more follow.
    const rows = await this.views.of(CatalogProductsProjection).query((manager) =>
      manager.find(CatalogProduct, {
        where: after === undefined ? {} : { sku: MoreThan(after) },
        order: { sku: 'ASC' },
        take: limit + 1,
      }),
    );
    const page = rows.slice(0, limit);
    return { products: page.map(contentOf), next: rows.length > limit ? (page.at(-1)?.sku ?? null) : null };
  }
}
