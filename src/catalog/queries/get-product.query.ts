import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { DomainError, EventLog, EventStore, streamName, ViewWatch } from '../../event-sourcing/index.js';
import { productDecider } from '../domain/product.js';
import { ProductNotFound } from '../domain/product.errors.js';
import type { ProductContent } from '../product-content.js';
import { CatalogProduct } from '../views/catalog-product.entity.js';
import { contentOf } from './product-row.js';

/** Milliseconds that a reader waits for the view to catch up with the log. */
const PATIENCE = 2_000;

/** One product, with every change that was acknowledged. Refused with `PRODUCT_NOT_FOUND`, `VIEW_BEHIND`. */
export class GetProductQuery extends Query<ProductContent> {
  constructor(readonly sku: string) {
    super();
  }
}

@QueryHandler(GetProductQuery)
export class GetProductHandler implements IQueryHandler<GetProductQuery> {
  constructor(
    @InjectRepository(CatalogProduct, 'query') private readonly products: Repository<CatalogProduct>,
    private readonly log: EventLog,
    private readonly store: EventStore,
    private readonly watch: ViewWatch,
  ) {}

  async execute({ sku }: GetProductQuery): Promise<ProductContent> {
    const version = await this.log.streamVersion(streamName(productDecider, sku));
    if (version === 0) throw new ProductNotFound();
    const look = async () => {
      const present = await this.products.findOneBy({ sku });
      return present !== null && present.version >= version ? present : undefined;
    };
    const atOnce = await look();
    if (atOnce !== undefined) return contentOf(atOnce);
    // Prices may have been reported of a product that nobody has registered; the view will never show it then.
    const { state } = await this.store.loadPast(productDecider, sku, { version });
    if (state === undefined) throw new ProductNotFound();
    const row = await this.watch.until(look, PATIENCE);
    if (row === undefined) {
      throw new DomainError('VIEW_BEHIND', 'The latest change of this product is not in the view yet.');
    }
    return contentOf(row);
  }
}
