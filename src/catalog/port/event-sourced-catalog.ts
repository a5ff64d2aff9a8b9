import { Injectable } from '@nestjs/common';
import { EventStore, type Transaction, type WatchedState } from '../../event-sourcing/index.js';
import { CatalogPort, type Product } from './catalog.port.js';
import { productDecider } from '../domain/product.js';

/** Reads products from their streams, because the view may be behind. */
@Injectable()
export class EventSourcedCatalog extends CatalogPort {
  constructor(private readonly store: EventStore) {
    super();
  }

  override find(tx: Transaction, skus: readonly string[]): (Product | undefined)[] {
    return tx.readAll(productDecider, skus).map(({ state }) => state);
  }

  override async present(skus: readonly string[]): Promise<ReadonlyMap<string, Product>> {
    const wanted = [...new Set(skus)];
    const products = new Map<string, Product>();
    for (const { state } of await this.store.loadCached(productDecider, wanted)) {
      if (state !== undefined) products.set(state.sku, state);
    }
    return products;
  }

  override known(sku: string): WatchedState<Product | undefined> | undefined {
    return this.store.watch(productDecider, sku);
  }
}
