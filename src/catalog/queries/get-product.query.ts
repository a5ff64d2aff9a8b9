import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { BEHIND, EventStore, LiveViews, LogUnavailableError } from '../../event-sourcing/index.js';
import { productDecider } from '../domain/product.js';
import { ProductNotFound } from '../domain/product.errors.js';
import { productContent, type ProductContent } from '../domain/product-content.js';
import { CatalogProductsProjection } from '../views/catalog-products.projection.js';
import { contentOf } from './product-row.js';

/** One product, with every acknowledged change. Refused with `PRODUCT_NOT_FOUND`. */
export class GetProductQuery extends Query<ProductContent> {
  constructor(readonly sku: string) {
    super();
  }
}

@QueryHandler(GetProductQuery)
export class GetProductHandler implements IQueryHandler<GetProductQuery> {
  constructor(
    private readonly views: LiveViews,
    private readonly store: EventStore,
  ) {}

  async execute({ sku }: GetProductQuery): Promise<ProductContent> {
    const product = await this.read(sku);
    if (product === undefined) throw new ProductNotFound();
    return product;
  }

  private async read(sku: string): Promise<ProductContent | undefined> {
    const view = this.views.of(CatalogProductsProjection);
    try {
      const row = await view.read(sku);
      return row === BEHIND ? await this.fold(sku) : row && contentOf(row);
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
      // The latest changes are unknown. Products are public, so a slightly older one may be shown.
      const row = await view.glance(sku);
      return row && contentOf(row);
    }
  }

  /** Used while the view is filled or rebuilt, for example after a deployment. */
  private async fold(sku: string): Promise<ProductContent | undefined> {
    const present = await this.store.load(productDecider, sku);
    return present.state === undefined ? undefined : productContent(present);
  }
}
