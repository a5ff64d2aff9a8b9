import type { Product } from './product.js';
import { PriceOutOfRange } from './product.errors.js';
import {
  ProductActivated,
  ProductDeactivated,
  ProductPriceChanged,
  ProductRegistered,
  ProductRenamed,
  type Money,
  type ProductEvent,
} from './product.events.js';

/**
 * Registers a product, or records each difference from the known one.
 * @returns no events if nothing differs
 * @throws PriceOutOfRange for a price below 0 or beyond 2^53-1 minor units
 */
export function putProduct(wanted: Product) {
  return (product: Product | undefined): ProductEvent[] => {
    const { sku, name, price, active } = wanted;
    if (!isPrice(price.amount)) throw new PriceOutOfRange();
    if (product === undefined) return [new ProductRegistered({ sku, name, price, active })];

    const events: ProductEvent[] = [];
    if (name !== product.name) events.push(new ProductRenamed({ sku, name }));
    if (!samePrice(price, product.price)) events.push(new ProductPriceChanged({ sku, price }));
    if (active !== product.active) {
      events.push(active ? new ProductActivated({ sku }) : new ProductDeactivated({ sku }));
    }
    return events;
  };
}

/** @returns whether an amount of minor units can be a price: 0 to 2^53-1, the range of exact integers */
export function isPrice(amount: number): boolean {
  return amount >= 0 && Number.isSafeInteger(amount);
}

function samePrice(one: Money, other: Money): boolean {
  return one.amount === other.amount && one.currency === other.currency;
}
