import {
  ProductActivated,
  ProductDeactivated,
  ProductPriceChanged,
  ProductPriceReported,
  ProductRegistered,
  ProductRenamed,
  type ProductEvent,
} from '../domain/product.events.js';

const sku = 'MUG-1';

/** An event, and its data as PostgreSQL has stored it. */
interface Stored {
  readonly event: ProductEvent;
  readonly data: Record<string, unknown>;
}

/** Every event must have an entry for its first schema version; later versions add entries. */
type EveryEvent = Record<`${ProductEvent['type']}.v1`, Stored> & Record<string, Stored>;

/** All events that were ever stored, by type and schema version. Never change an entry. */
export const STORED_EVENTS: EveryEvent = {
  'product.registered.v1': {
    data: { sku: 'MUG-1', name: 'Mug, 300 ml', price: { amount: 1999, currency: 'EUR' }, active: true },
    event: new ProductRegistered({
      sku,
      name: 'Mug, 300 ml',
      price: { amount: 1999, currency: 'EUR' },
      active: true,
    }),
  },
  'product.renamed.v1': {
    data: { sku: 'MUG-1', name: 'Mug, 300 ml, new' },
    event: new ProductRenamed({ sku, name: 'Mug, 300 ml, new' }),
  },
  'product.price-changed.v1': {
    data: { sku: 'MUG-1', price: { amount: 1899, currency: 'EUR' } },
    event: new ProductPriceChanged({ sku, price: { amount: 1899, currency: 'EUR' } }),
  },
  'product.price-reported.v1': {
    data: { sku: 'MUG-1', price: { amount: 1799, currency: 'EUR' } },
    event: new ProductPriceReported({ sku, price: { amount: 1799, currency: 'EUR' } }),
  },
  'product.activated.v1': { data: { sku: 'MUG-1' }, event: new ProductActivated({ sku }) },
  'product.deactivated.v1': { data: { sku: 'MUG-1' }, event: new ProductDeactivated({ sku }) },
};
