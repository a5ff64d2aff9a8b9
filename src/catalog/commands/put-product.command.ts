import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventStore, isMet, type VersionCondition } from '../../event-sourcing/index.js';
import type { Product } from '../port/catalog.port.js';
import { productDecider } from '../domain/product.js';
import { ProductVersionMismatch } from '../domain/product.errors.js';
import { putProduct } from '../domain/product.decisions.js';
import { productContent, type ProductContent } from '../domain/product-content.js';

/** Register a product, or change it to be exactly like this. Refused with `VERSION_MISMATCH`, `AMOUNT_OUT_OF_RANGE`. */
export class PutProductCommand extends Command<{ product: ProductContent; created: boolean }> {
  constructor(
    readonly product: Product,
    readonly condition: VersionCondition,
  ) {
    super();
  }
}

@CommandHandler(PutProductCommand)
export class PutProductHandler implements ICommandHandler<PutProductCommand> {
  constructor(private readonly store: EventStore) {}

  async execute({
    product,
    condition,
  }: PutProductCommand): Promise<{ product: ProductContent; created: boolean }> {
    return this.store.transact((tx) => {
      const before = tx.load(productDecider, product.sku);
      // The stream of an unregistered product may hold reported prices.
      const version = before.state === undefined ? 0 : before.version;
      if (!isMet(condition, version)) throw new ProductVersionMismatch(version);
      const after = tx.append(productDecider, product.sku, putProduct(product)(before.state));
      return { product: productContent(after), created: before.state === undefined };
    });
  }
}
