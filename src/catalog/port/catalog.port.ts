import type { Transaction, WatchedState } from '../../event-sourcing/index.js';
import type { Product } from '../domain/product.js';

export type { Product } from '../domain/product.js';
export type { Money } from '../domain/product.events.js';

/** Other features read products through this port. The class is its injection token. */
export abstract class CatalogPort {
  /**
   * Products for a decision. The append is guarded by their versions, so a decision never misses an acknowledged
   * price change.
   * @returns one product for each SKU, in that order; `undefined` for an unknown SKU
   */
  abstract find(tx: Transaction, skus: readonly string[]): (Product | undefined)[];

  /**
   * Present products without a guard: for answers, not for decisions.
   * @returns the products that exist, by SKU
   */
  abstract present(skus: readonly string[]): Promise<ReadonlyMap<string, Product>>;

  /**
   * A product in the memory of this process, without waiting and without a guard. It is current until the product
   * changes or leaves the memory.
   * @returns `undefined` if the product is not in memory; use {@link present} then
   */
  abstract known(sku: string): WatchedState<Product | undefined> | undefined;
}
