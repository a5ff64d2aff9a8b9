import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, EventStore } from '../../event-sourcing/index.js';
import { DEMO_PRODUCTS } from './demo-products.js';
import { putProduct } from '../domain/product.decisions.js';
import { productDecider } from '../domain/product.js';

const WHOLE_LOG = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

/** Load the demonstration catalogue into a shop that has no products. The result is the number of products loaded. */
export class LoadDemoCatalogCommand extends Command<number> {}

@CommandHandler(LoadDemoCatalogCommand)
export class LoadDemoCatalogHandler implements ICommandHandler<LoadDemoCatalogCommand> {
  constructor(
    private readonly log: EventLog,
    private readonly store: EventStore,
  ) {}

  async execute(): Promise<number> {
    const registrations = await this.log.readRangeOfType(WHOLE_LOG, 'product.registered', 1);
    if (registrations.length > 0) return 0;
    const skus = DEMO_PRODUCTS.map(({ sku }) => sku);
    return this.store.transact((tx) => {
      // Another process may have loaded it in the meantime.
      if (tx.loadAll(productDecider, skus).some(({ state }) => state !== undefined)) return 0;
      for (const product of DEMO_PRODUCTS) {
        tx.append(productDecider, product.sku, putProduct(product)(undefined));
      }
      return DEMO_PRODUCTS.length;
    });
  }
}
