import type { CatalogPort, Product } from '../../catalog/port/catalog.port.js';
import type { Versioned } from '../../event-sourcing/index.js';

interface Remembered {
  readonly value: Versioned<Product>;
  isCurrent: boolean;
}

/** Products that a process has in memory, and those that it would have to load. */
export class Catalogue implements CatalogPort {
  /** How often products were loaded. */
  loads = 0;
  /** How often a product was looked up in memory. */
  looks = 0;
  private readonly memory = new Map<string, Remembered>();
  private readonly products = new Map<string, Product>();

  constructor(products: readonly Product[] = []) {
    for (const product of products) this.products.set(product.sku, product);
  }

  /** Changes a product, in memory as well. */
  remember(product: Product): void {
    this.forget(product.sku);
    this.products.set(product.sku, product);
    const value = { state: product, version: 1, occurredAt: new Date(0) };
    this.memory.set(product.sku, { value, isCurrent: true });
  }

  forget(sku: string): void {
    const remembered = this.memory.get(sku);
    if (remembered) remembered.isCurrent = false;
    this.memory.delete(sku);
  }

  /** The present product, wherever it is. */
  productOf(sku: string): Product | undefined {
    return this.products.get(sku);
  }

  find(): Product[] {
    throw new Error('A query decides nothing.');
  }

  present(skus: readonly string[]): Promise<Map<string, Product>> {
    this.loads += 1;
    const found = skus.flatMap((sku) => this.products.get(sku) ?? []);
    for (const product of found) if (!this.memory.has(product.sku)) this.remember(product);
    return Promise.resolve(new Map(found.map((product) => [product.sku, product])));
  }

  known(sku: string): Remembered | undefined {
    this.looks += 1;
    return this.memory.get(sku);
  }
}
