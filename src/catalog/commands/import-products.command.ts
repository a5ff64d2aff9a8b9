import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError, EventStore } from '../../event-sourcing/index.js';
import type { Product } from '../port/catalog.port.js';
import { productDecider } from '../domain/product.js';
import { putProduct } from '../domain/product.decisions.js';
import type { ProductEvent } from '../domain/product.events.js';

/** The numbers of products that an import registered, changed and left as they were. */
export interface ImportResult {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Put many products, each SKU once, all or none. Refused with `AMOUNT_OUT_OF_RANGE`, naming the product. */
export class ImportProductsCommand extends Command<ImportResult> {
  constructor(readonly products: readonly Product[]) {
    super();
  }
}

@CommandHandler(ImportProductsCommand)
export class ImportProductsHandler implements ICommandHandler<ImportProductsCommand> {
  constructor(private readonly store: EventStore) {}

  async execute({ products }: ImportProductsCommand): Promise<ImportResult> {
    const skus = products.map(({ sku }) => sku);
    return this.store.transact((tx) => {
      const result = { created: 0, updated: 0, unchanged: 0 };
      const present = tx.loadAll(productDecider, skus);
      products.forEach((product, index) => {
        const before = present[index]?.state;
        const events = decideAt(`/products/${index}`, product, before);
        if (events.length === 0) result.unchanged += 1;
        else result[before === undefined ? 'created' : 'updated'] += 1;
        tx.append(productDecider, product.sku, events);
      });
      return result;
    });
  }
}

/** Decides on one product of many; a refusal names the product. */
function decideAt(pointer: string, product: Product, before: Product | undefined): ProductEvent[] {
  try {
    return putProduct(product)(before);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, message, data } = error;
    throw new DomainError(code, message, { ...data, errors: [{ pointer, code, message }] });
  }
}
