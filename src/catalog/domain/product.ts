import type { Decider } from '../../event-sourcing/index.js';
import type { Money, ProductEvent } from './product.events.js';

/** A product of the catalogue. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  /** Whether it is for sale. */
  readonly active: boolean;
}

/** The stream `product-<sku>`; the state is `undefined` until the product is registered. */
export const productDecider: Decider<Product | undefined, ProductEvent> = {
  category: 'product',
  initialState: undefined,
  evolve(product, event) {
    if (event.type === 'product.registered') {
      const { sku, name, price, active } = event;
      return { sku, name, price, active };
    }
    // A price may be reported before the product is registered. It has no effect, because the registration has its own,
    // newer price.
    if (product === undefined && event.type === 'product.price-reported') return undefined;
    if (product === undefined) throw new Error(`"${event.type}" before "product.registered".`);
    switch (event.type) {
      case 'product.renamed':
        return { ...product, name: event.name };
      case 'product.price-changed':
      case 'product.price-reported':
        return { ...product, price: event.price };
      case 'product.activated':
        return { ...product, active: true };
      case 'product.deactivated':
        return { ...product, active: false };
    }
  },
};
