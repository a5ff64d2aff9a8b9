import { eventsOf, given } from '../../event-sourcing/testing/index.js';
import {
  ProductActivated,
  ProductDeactivated,
  ProductPriceChanged,
  ProductPriceReported,
  ProductRegistered,
  ProductRenamed,
  type ProductEvent,
} from '../domain/product.events.js';
import { CatalogProductsProjection } from './catalog-products.projection.js';

const sku = 'MUG-1';
const price = { amount: 1999, currency: 'EUR' };
const rowsAfter = (...events: ProductEvent[]) =>
  given(eventsOf({ category: 'product' }, sku, ...events)).project(new CatalogProductsProjection());
const rowAfter = (...events: ProductEvent[]) => rowsAfter(...events).get(sku);

const registered = new ProductRegistered({ sku, name: 'Mug', price, active: true });

describe('the view of the catalogue', () => {
  it('shows a product as it was registered', () => {
    expect(rowAfter(registered)).toEqual({
      sku,
      name: 'Mug',
      priceAmount: 1999,
      priceCurrency: 'EUR',
      active: true,
      version: 1,
      updatedAt: new Date('2030-01-01T00:00:00Z'),
    });
  });

  it('follows every change, with the time of the last one', () => {
    const renamed = new ProductRenamed({ sku, name: 'Cup' });
    const repriced = new ProductPriceChanged({ sku, price: { amount: 5, currency: 'USD' } });
    const deactivated = new ProductDeactivated({ sku });
    expect(rowAfter(registered, renamed, repriced, deactivated)).toEqual({
      sku,
      name: 'Cup',
      priceAmount: 5,
      priceCurrency: 'USD',
      active: false,
      version: 4,
      updatedAt: new Date('2030-01-01T00:00:03Z'),
    });
    expect(rowAfter(registered, deactivated, new ProductActivated({ sku }))?.active).toBe(true);
  });

  it('follows reported prices after the product is registered', () => {
    const reported = new ProductPriceReported({ sku, price: { amount: 7, currency: 'USD' } });
    expect(rowAfter(registered, reported)).toMatchObject({
      priceAmount: 7,
      priceCurrency: 'USD',
      version: 2,
    });
    expect(rowAfter(reported)).toBeUndefined();
    expect(rowAfter(reported, registered)).toMatchObject({ priceAmount: 1999, version: 2 });
  });

  it('has a row for each SKU, and refuses events before product.registered', () => {
    expect([...rowsAfter(registered).keys()]).toEqual([sku]);
    expect(() => rowAfter(new ProductActivated({ sku }))).toThrow(/before "product.registered"/);
  });
});
