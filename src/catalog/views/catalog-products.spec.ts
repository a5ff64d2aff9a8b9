import type { RecordedEvent } from '../../event-sourcing/index.js';
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
const projection = new CatalogProductsProjection();

function history(...events: ProductEvent[]): RecordedEvent<ProductEvent>[] {
  const metadata = {
    correlationId: 'c',
    causationId: 'c',
    actor: { type: 'guest', id: null },
    commandId: 'c',
  };
  return events.map((event, index) => {
    const version = index + 1;
    const occurredAt = new Date(Date.UTC(2030, 0, 1) + version * 1_000);
    return {
      position: version,
      stream: `product-${sku}`,
      version,
      id: `e${version}`,
      occurredAt,
      metadata,
      event,
    };
  });
}

type Row = ReturnType<typeof projection.evolve>;
const rowAfter = (...events: ProductEvent[]) =>
  history(...events).reduce<Row | undefined>((row, event) => projection.evolve(row, event), undefined);

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
      updatedAt: new Date('2030-01-01T00:00:01Z'),
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
      updatedAt: new Date('2030-01-01T00:00:04Z'),
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
    expect(history(registered).map((event) => projection.keyOf(event))).toEqual([sku]);
    expect(() => rowAfter(new ProductActivated({ sku }))).toThrow(/before "product.registered"/);
  });
});
