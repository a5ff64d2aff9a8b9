import { event, type EventDefinitions } from '../../event-sourcing/index.js';

/** An amount in integer minor units (cents) of an ISO 4217 currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** A product was added to the catalogue. */
export class ProductRegistered extends event('product.registered')<{
  sku: string;
  name: string;
  price: Money;
  active: boolean;
}>() {}

export class ProductRenamed extends event('product.renamed')<{ sku: string; name: string }>() {}

export class ProductPriceChanged extends event('product.price-changed')<{ sku: string; price: Money }>() {}

/** Another system, such as an ERP, set the price. */
export class ProductPriceReported extends event('product.price-reported')<{ sku: string; price: Money }>() {}

/** The product is for sale again. */
export class ProductActivated extends event('product.activated')<{ sku: string }>() {}

/** The product is no longer for sale. */
export class ProductDeactivated extends event('product.deactivated')<{ sku: string }>() {}

/** Any event of a product. */
export type ProductEvent =
  | ProductRegistered
  | ProductRenamed
  | ProductPriceChanged
  | ProductPriceReported
  | ProductActivated
  | ProductDeactivated;

/** Every event that a product's stream can hold. */
export const productEvents = {
  events: [
    ProductRegistered,
    ProductRenamed,
    ProductPriceChanged,
    ProductPriceReported,
    ProductActivated,
    ProductDeactivated,
  ],
} as const satisfies EventDefinitions;
