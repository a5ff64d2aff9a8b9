import type { Transaction, Versioned } from '../../event-sourcing/index.js';
import type { Product } from '../domain/product.js';

export type { Product } from '../domain/product.js';
export type { Money } from '../domain/product.events.js';

/** How other features see products. The class is the token that it is injected by. */
export abstract class CatalogPort {
  /**
   * Products as a decision sees them: the answer is guarded, so an acknowledged price change is never overlooked.
   * @returns one product per SKU, in that order; `undefined` for a SKU that the catalogue does not know
   */
  abstract find(tx: Transaction, skus: readonly string[]): (Product | undefined)[];

  /**
   * Products as they are now, without a guard: to tell somebody, not to decide.
   * @returns the known ones, by SKU
   */
  abstract present(skus: readonly string[]): Promise<ReadonlyMap<string, Product>>;

  /**
   * A product as this process has it in memory, without waiting and without a guard. The same object means that nothing has
   * changed.
   * @returns `undefined` where the product is not in memory; ask {@link present} then
   */
  abstract known(sku: string): Versioned<Product | undefined> | undefined;
}
