import { EventsHandler } from '@nestjs/cqrs';
import { Projection, type RecordedEvent, type ViewProjection } from '../../event-sourcing/index.js';
import { productEvents, type ProductEvent } from '../domain/product.events.js';
import { CatalogProduct } from './catalog-product.entity.js';

type Row = Pick<CatalogProduct, keyof CatalogProduct>;

/** Keeps `catalog_products` for `GET /products`. */
@EventsHandler(...productEvents.events)
@Projection({ name: 'catalog-products', view: CatalogProduct })
export class CatalogProductsProjection implements ViewProjection<Row, ProductEvent> {
  keyOf({ event }: RecordedEvent<ProductEvent>): string {
    return event.sku;
  }

  evolve(row: Row | undefined, recorded: RecordedEvent<ProductEvent>): Row | undefined {
    const { event, version, occurredAt: updatedAt } = recorded;
    if (event.type === 'product.registered') {
      const { sku, name, price, active } = event;
      const { amount: priceAmount, currency: priceCurrency } = price;
      return { sku, name, priceAmount, priceCurrency, active, version, updatedAt };
    }
    // A reported price has no effect before the product is registered, as in the decider.
    if (row === undefined && event.type === 'product.price-reported') return undefined;

    if (row === undefined)
      throw new Error(`"${event.type}" before "product.registered" in ${recorded.stream}.`);
    return { ...row, ...changeBy(event), version, updatedAt };
  }
}

function changeBy(event: Exclude<ProductEvent, { type: 'product.registered' }>): Partial<Row> {
  switch (event.type) {
    case 'product.renamed':
      return { name: event.name };
    case 'product.price-changed':
    case 'product.price-reported':
      return { priceAmount: event.price.amount, priceCurrency: event.price.currency };
    case 'product.activated':
      return { active: true };
    case 'product.deactivated':
      return { active: false };
  }
}
